"""What the database enforces of the books. Superusers who switch triggers off are found by `verify_ledger`.

Tables are named with their schema, so that nobody can put a temporary table before them.
"""

ENTRY_DIGEST = """sha256(convert_to(concat_ws('|',
    {row}.public_id, {row}.legal_entity_id, {row}.source, {row}.kind, to_char({row}.effective_date, 'YYYY-MM-DD'),
    extract(epoch FROM {row}.recorded_at), {row}.reverses_id, {row}.note, {row}."by", {row}.written_in
), 'UTF8'))"""

POSTING_DIGEST = """sha256(convert_to(concat_ws('|',
    {row}.entry_id, {row}.account_id, {row}.amount_minor, coalesce({row}.customer_id, 0),
    {row}.reference, {row}.document, {row}.line
), 'UTF8'))"""

NEVER = "RAISE EXCEPTION 'the ledger is append only' USING ERRCODE = 'restrict_violation';"

BOOKS_OPEN = f"""
    IF NEW.effective_date <= (
        SELECT books_closed_through FROM public.base_legalentity WHERE id = NEW.legal_entity_id
    ) THEN
        RAISE EXCEPTION 'the books are closed on %', NEW.effective_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_in_open_period';
    END IF;
    NEW.written_in := pg_current_xact_id()::text::bigint;
    NEW.digest := {ENTRY_DIGEST.format(row="NEW")};
    RETURN NEW;
"""  # noqa: S608 - made of constants alone

OPEN_ENTRY = f"""
    IF NOT EXISTS (
        SELECT 1 FROM public.billing_entry
        WHERE id = NEW.entry_id AND written_in = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'nothing joins an entry that is written'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_with_its_entry';
    END IF;
    NEW.digest := {POSTING_DIGEST.format(row="NEW")};
    RETURN NEW;
"""  # noqa: S608 - made of constants alone

BALANCED = """
    IF EXISTS (
        SELECT 1 FROM public.billing_posting p JOIN public.billing_ledgeraccount a ON a.id = p.account_id
        WHERE p.entry_id = NEW.entry_id GROUP BY a.currency HAVING sum(p.amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'entry % does not balance', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    RETURN NULL;
"""

NOT_EMPTY = """
    IF NOT EXISTS (SELECT 1 FROM public.billing_posting WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no postings', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_postings';
    END IF;
    RETURN NULL;
"""

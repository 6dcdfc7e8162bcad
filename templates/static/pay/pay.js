/**
 * The payment page: Stripe's form and the payer's clicks. What came of them is always asked of our server, which
 * asks Stripe; nothing that the browser was told, or finds in its address, counts as paid.
 */

const LOADING_MS = 20_000;
const ANSWER_MS = 45_000;
const PAUSE_MS = 1_500;
const MOST_TRIES = 5;
const LONGEST_PAUSE_MS = 60_000;
const DONE = new Set(["succeeded", "processing", "requires_capture"]);
const UNANSWERED = new Set(["api_connection_error", "api_error"]);

const data = JSON.parse(document.getElementById("pay-data").textContent);
const { words } = data;
const element = (id) => document.getElementById(id);
const [form, outcome, notice, payButton] = ["form", "outcome", "notice", "pay"].map(element);
const label = element("pay-label");
const payLabel = label.textContent;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let stripe = null;
let elements = null;
let isBusy = false;
let timer = null;

/* Showing ---------------------------------------------------------------------------------------------------- */

const announce = (text) => {
  element("announcer").textContent = text;
};

const setBusy = (busy) => {
  isBusy = busy;
  payButton.setAttribute("aria-disabled", busy);
  payButton.setAttribute("aria-busy", busy);
  label.textContent = busy ? words.busy.title : payLabel;
  announce(busy ? words.busy.title : "");
};

const showNotice = ({ title, text, tone = "bad", state = "" }) => {
  element("notice-title").textContent = title;
  element("notice-text").textContent = text;
  element("bank").hidden = state !== "action";
  notice.dataset.tone = tone;
  notice.hidden = false;
  notice.scrollIntoView({ block: "nearest" });
};

/** The outcome in the form's place; the heading takes the focus, so that it is read out. */
const showOutcome = ({ title, text, tone = "wait", state = "", receipt_url = "", canReload = false }) => {
  const isNews = outcome.hidden || element("outcome-title").textContent !== title;
  form.hidden = true;
  outcome.hidden = false;
  Object.assign(outcome.dataset, { tone, state });
  element("outcome-title").textContent = title;
  element("outcome-text").textContent = text;
  element("reload").hidden = !canReload;
  if (receipt_url) element("receipt").href = receipt_url;
  element("receipt").hidden = !receipt_url;
  document.title = `${title} · ${data.seller}`;
  if (isNews) element("outcome-title").focus();
};

const showForm = (status) => {
  if (!data.payable) window.location.reload(); // this page came without the secret that the form needs
  outcome.hidden = true;
  form.hidden = false;
  if (status.state === "open") notice.hidden = true;
  else showNotice(status);
};

/** Show what our server says, and ask again when it says that this will change. */
const show = (status) => {
  setBusy(false);
  if (status.payable) showForm(status);
  else showOutcome(status);
  askAgain(status.poll_seconds * 1000);
};

/* Asking our server ------------------------------------------------------------------------------------------ */

const ask = async (url, options = {}) => {
  const response = await fetch(url, { ...options, cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
};

/** Where the payment stands; null when our server, or Stripe behind it, could not say. */
const readStatus = async ({ news }) => {
  try {
    const status = await ask(data.status_url + (news ? "?news=1" : ""));
    return status.is_fresh ? status : null;
  } catch {
    return null;
  }
};

const askAgain = (ms) => {
  clearTimeout(timer);
  if (!ms) return;
  timer = setTimeout(async () => {
    const status = document.hidden ? null : await readStatus({ news: false });
    if (status) show(status);
    if (!status || status.poll_seconds) askAgain(Math.min(ms * 1.4, LONGEST_PAUSE_MS));
  }, ms);
};

/**
 * Find out what came of an attempt: of one that Stripe.js called `done` or `refused`, that got `no answer`, or of
 * `nothing` that we know of. Until that is known, the page asks the payer not to pay again.
 */
const settle = async (told) => {
  if (told === "no answer") await doubt(1);
  for (let tries = 1; ; tries += 1) {
    const status = await readStatus({ news: true });
    const isBehind = told === "done" && status?.state === "open" && tries < MOST_TRIES;
    if (status && !isBehind) {
      show(status);
      if (status.state === "open" && told !== "nothing") showNotice(words.not_done);
      return;
    }
    await doubt(tries);
  }
};

const doubt = (tries) => {
  showOutcome(words.in_doubt);
  return pause(Math.min(PAUSE_MS * tries, LONGEST_PAUSE_MS));
};

/* Paying ----------------------------------------------------------------------------------------------------- */

const termsAreAccepted = () => {
  const box = element("terms");
  if (!box) return true;
  element("terms-error").hidden = box.checked;
  box.setAttribute("aria-invalid", !box.checked);
  if (!box.checked) box.focus();
  return box.checked;
};

/** Whether there is still something to pay; our server notes the accepted terms. */
const begin = async () => {
  const body = new URLSearchParams(element("terms") ? { terms: "accepted" } : {});
  let status;
  try {
    status = await ask(data.begin_url, { method: "POST", body });
  } catch {
    setBusy(false);
    showNotice(words.not_sent);
    return false;
  }
  if (!status.payable) show(status);
  return status.payable;
};

/** Stripe.js answers with an intent or an error; what it throws, or a lost connection, is no answer. */
const attempt = async (action) => {
  let told = "no answer";
  try {
    const { paymentIntent, error } = await action();
    if (DONE.has(paymentIntent?.status)) told = "done";
    else if (paymentIntent || !UNANSWERED.has(error.type)) told = "refused";
  } catch (error) {
    console.warn(error);
  }
  await settle(told);
};

const pay = async () => {
  if (isBusy || !termsAreAccepted()) return;
  setBusy(true);
  notice.hidden = true;
  const { error } = await elements.submit();
  if (error) {
    setBusy(false);
    announce(error.message);
    return;
  }
  if (!(await begin())) return;
  const confirmParams = { return_url: data.page_url };
  await attempt(() => stripe.confirmPayment({ elements, confirmParams, redirect: "if_required" }));
};

const continueWithBank = async () => {
  if (isBusy) return;
  setBusy(true);
  await attempt(async () => {
    const { paymentIntent } = await stripe.retrievePaymentIntent(data.client_secret);
    const deposits = paymentIntent?.next_action?.verify_with_microdeposits;
    if (!deposits) return stripe.handleNextAction({ clientSecret: data.client_secret });
    window.location.assign(deposits.hosted_verification_url);
    return pause(LONGEST_PAUSE_MS);
  });
};

/* Stripe's form ---------------------------------------------------------------------------------------------- */

const loadStripe = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = data.stripe_js_url;
    script.addEventListener("load", () => resolve(window.Stripe(data.publishable_key, { locale: data.language })));
    script.addEventListener("error", () => reject(new Error("Stripe.js did not load")));
    setTimeout(() => reject(new Error("Stripe.js is too slow")), LOADING_MS);
    document.head.append(script);
  });

const appearance = (isDark) => {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    theme: isDark ? "night" : "stripe",
    variables: {
      colorPrimary: read("--brand-ink"),
      colorBackground: read("--surface"),
      colorText: read("--text"),
      colorTextSecondary: read("--muted"),
      colorDanger: read("--bad"),
      borderRadius: read("--radius"),
      fontFamily: read("--font"),
    },
  };
};

const create = (type, options) => {
  const created = elements.create(type, options);
  const place = element(`${type}-element`);
  const ready = new Promise((resolve, reject) => {
    created.on("ready", resolve);
    created.on("loaderror", ({ error }) => reject(new Error(error?.message ?? "Stripe's form did not load")));
  });
  const mount = () => {
    place.replaceChildren();
    created.mount(place);
  };
  return { ready, mount };
};

const prepare = async () => {
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  stripe = await loadStripe();
  elements = stripe.elements({ clientSecret: data.client_secret, appearance: appearance(night.matches) });
  night.addEventListener("change", () => elements.update({ appearance: appearance(night.matches) }));
  const parts = [create("payment", { layout: "tabs", business: { name: data.seller } })];
  if (data.collects_billing_address) parts.push(create("address", { mode: "billing" }));
  for (const { mount } of parts) mount();
  await Promise.all(parts.map(({ ready }) => ready));
  form.dataset.ready = "true";
};

/** Without Stripe's form there are two reasons: the payment is over, or Stripe is not to be reached. */
const explainMissingForm = async (error) => {
  console.warn(error);
  const status = await readStatus({ news: true });
  if (status && !status.payable) show(status);
  else showOutcome({ ...words.not_loaded, tone: "bad", canReload: true });
};

const start = () => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.ready) pay();
  });
  element("bank").addEventListener("click", continueWithBank);
  element("terms")?.addEventListener("change", termsAreAccepted);
  element("reload").addEventListener("click", () => window.location.reload());
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || isBusy || form.hidden) return;
    const status = await readStatus({ news: false });
    if (status && !status.payable && !isBusy) show(status);
  });
  askAgain(data.poll_seconds * 1000);
  if (data.payable) prepare().catch(explainMissingForm);
  if (window.location.hash === "#news") {
    window.history.replaceState(null, "", window.location.pathname);
    settle("nothing");
  }
};

start();

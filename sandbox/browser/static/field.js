/** A labelled input with its error beneath it. */

export class Field {
  constructor(name, problem, { format = (value) => value, read = (value) => value.trim() } = {}) {
    this.input = document.getElementById(name);
    this.box = this.input.closest(".field");
    this.message = document.getElementById(`${name}-error`);
    Object.assign(this, { name, problem, read });
    this.input.addEventListener("input", () => {
      this.input.value = format(this.input.value);
      this.show(null);
    });
    this.input.addEventListener("blur", () => this.input.value && this.show(this.error()));
  }

  get value() {
    return this.read(this.input.value);
  }

  get asked() {
    return !this.box.hidden;
  }

  /** The validation error as Stripe words it, or null. */
  error() {
    const found = this.asked ? this.problem(this.value) : null;
    return found && { type: "validation_error", code: found[0], message: found[1] };
  }

  show(error) {
    this.input.setAttribute("aria-invalid", String(Boolean(error)));
    this.message.hidden = !error;
    this.message.textContent = error?.message ?? "";
  }
}

/** Shows every error, puts the cursor on the first, and returns that. */
export const validate = (fields) => {
  const errors = fields.map((field) => [field, field.error()]);
  for (const [field, error] of errors) field.show(error);
  const [first, error] = errors.find(([, found]) => found) ?? [];
  first?.input.focus();
  return error ?? null;
};

/** A problem for a value that must be there. */
export const needed = (code, message) => (value) => (value ? null : [code, message]);

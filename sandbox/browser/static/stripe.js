/**
 * A stand-in for Stripe.js on top of the local Stripe: the part of https://docs.stripe.com/js that takes payments.
 *
 * What a customer types stays in frames that the local Stripe serves; the page that loads this sees only
 * events and answers. Answers never reject; a mistake in the integration throws IntegrationError.
 */
(() => {
  "use strict";

  const ORIGIN = new URL(document.currentScript.src).origin;
  const REDIRECT_STATUS = {
    succeeded: "succeeded", requires_capture: "succeeded", processing: "pending", requires_action: "pending",
  };

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = "IntegrationError";
    }
  }

  const demand = (condition, message) => {
    if (!condition) throw new IntegrationError(message);
  };

  /** Payment intents and setup intents differ for us in these words only. */
  const KINDS = {
    payment: { noun: "payment_intent", path: "payment_intents", answer: "paymentIntent", error: "last_payment_error" },
    setup: { noun: "setup_intent", path: "setup_intents", answer: "setupIntent", error: "last_setup_error" },
  };

  const kindOf = (clientSecret) => (clientSecret.startsWith("seti_") ? KINDS.setup : KINDS.payment);

  const intentId = (clientSecret) => {
    const match = /^((?:pi|seti)_\w+?)_secret_\w+$/.exec(clientSecret ?? "");
    demand(match, `Invalid value for client secret: it should be a string of the form \${id}_secret_\${secret}.`);
    return match[1];
  };

  /** One frame of the local Stripe: asks it, and hears only what comes from its window and its origin. */
  class Frame {
    constructor(path, title, onEvent = () => {}) {
      const url = new URL(path, ORIGIN);
      url.searchParams.set("parent", window.location.origin);
      this.iframe = document.createElement("iframe");
      this.iframe.src = url.href;
      this.iframe.title = title;
      this.iframe.setAttribute("name", `__privateStripeFrame${Math.random().toString(36).slice(2)}`);
      this.onEvent = onEvent;
      this.waiting = new Map();
      this.ready = new Promise((resolve) => (this.hello = resolve));
      this.listener = (message) => this.receive(message);
      window.addEventListener("message", this.listener);
    }

    receive(message) {
      if (message.origin !== ORIGIN || message.source !== this.iframe.contentWindow) return;
      const { event, reply, detail } = message.data ?? {};
      if (event === "hello") this.hello();
      else if (reply) this.settle(reply, detail);
      else if (event) this.onEvent(event, detail);
    }

    settle(call, detail) {
      this.waiting.get(call)?.(detail);
      this.waiting.delete(call);
    }

    async ask(action, detail) {
      await this.ready;
      return new Promise((resolve) => {
        const call = crypto.getRandomValues(new Uint32Array(2)).join("-");
        this.waiting.set(call, resolve);
        this.iframe.contentWindow.postMessage({ call, action, detail }, ORIGIN);
      });
    }

    remove() {
      window.removeEventListener("message", this.listener);
      this.iframe.remove();
    }
  }

  class Element {
    constructor(elements, type, options) {
      Object.assign(this, { elements, type, options, handlers: new Map(), frame: null, destroyed: false });
    }

    mount(target) {
      demand(!this.destroyed, "This Element has already been destroyed. Please create a new one.");
      const parent = typeof target === "string" ? document.querySelector(target) : target;
      demand(parent, `The selector you specified (${target}) applies to no DOM elements that are currently on the page.`);
      if (this.frame) this.unmount();
      this.frame = new Frame(`/v3/elements/${this.type}`, `Secure ${this.type} input frame`, (event, detail) =>
        this.hear(event, detail),
      );
      Object.assign(this.frame.iframe.style, {
        display: "block", width: "calc(100% + 8px)", height: "0", margin: "-4px", border: "0",
      });
      this.frame.iframe.allow = "payment *; publickey-credentials-get *";
      parent.replaceChildren(this.frame.iframe);
      parent.classList.add("StripeElement");
      this.started = this.frame.ask("start", this.settings());
    }

    settings() {
      const { clientSecret, ...elements } = this.elements.options;
      return {
        key: this.elements.stripe.key,
        account: this.elements.stripe.account,
        clientSecret: clientSecret ?? null,
        elements: JSON.parse(JSON.stringify(elements)),
        options: JSON.parse(JSON.stringify(this.options)),
        hasAddress: this.elements.created.has("address"),
      };
    }

    hear(event, detail) {
      if (event === "resize") this.frame.iframe.style.height = `${detail}px`;
      else this.emit(event, { elementType: this.type, ...detail });
    }

    emit(event, detail) {
      if (event === "change" || event === "focus" || event === "blur") this.mark(event, detail);
      for (const handler of this.handlers.get(event) ?? []) handler(detail);
    }

    /** The classes that Stripe.js keeps on the container, for the page's style sheet. */
    mark(event, detail) {
      const { classList } = this.frame.iframe.parentElement;
      if (event === "change") {
        classList.toggle("StripeElement--complete", detail.complete);
        classList.toggle("StripeElement--empty", detail.empty);
      } else {
        classList.toggle("StripeElement--focus", event === "focus");
      }
    }

    on(event, handler) {
      this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler]);
      return this;
    }

    once(event, handler) {
      const first = (detail) => {
        this.off(event, first);
        handler(detail);
      };
      return this.on(event, first);
    }

    off(event, handler) {
      const left = (this.handlers.get(event) ?? []).filter((known) => handler && known !== handler);
      this.handlers.set(event, left);
      return this;
    }

    update(options) {
      this.options = { ...this.options, ...options };
      this.refresh();
    }

    refresh() {
      this.frame?.ask("update", this.settings());
    }

    focus() {
      this.frame?.iframe.focus();
      this.frame?.ask("focus");
    }

    blur() {
      this.frame?.ask("blur");
      this.frame?.iframe.blur();
    }

    clear() {
      this.frame?.ask("clear");
    }

    collapse() {
      this.frame?.ask("collapse");
    }

    getValue() {
      demand(this.type === "address", "getValue() is only available on the Address Element.");
      return this.mounted().ask("value");
    }

    mounted() {
      demand(this.frame, `Please mount the ${this.type} Element before you use it.`);
      return this.frame;
    }

    unmount() {
      this.frame?.iframe.parentElement?.classList.remove(
        "StripeElement", "StripeElement--complete", "StripeElement--empty", "StripeElement--focus",
      );
      this.frame?.remove();
      this.frame = null;
    }

    destroy() {
      this.unmount();
      this.destroyed = true;
      this.elements.created.delete(this.type);
    }
  }

  class Elements {
    constructor(stripe, options) {
      demand(options.clientSecret || options.mode, "elements() needs a clientSecret, or mode, amount and currency.");
      if (options.clientSecret) intentId(options.clientSecret);
      Object.assign(this, { stripe, options: { ...options }, created: new Map() });
    }

    create(type, options = {}) {
      demand(["payment", "address"].includes(type), `The local Stripe has no ${type} Element.`);
      demand(type !== "address" || options.mode, "The Address Element needs mode: 'billing' or 'shipping'.");
      demand(!this.created.has(type), `Can only create one Element of type ${type}.`);
      const element = new Element(this, type, options);
      this.created.set(type, element);
      return element;
    }

    getElement(type) {
      return this.created.get(type) ?? null;
    }

    update(options) {
      demand(!("clientSecret" in options), "The clientSecret of an Elements group cannot be changed.");
      this.options = { ...this.options, ...options };
      for (const element of this.created.values()) element.refresh();
    }

    async fetchUpdates() {
      const payment = this.getElement("payment");
      return payment?.frame ? payment.frame.ask("fetch", this.options.clientSecret ?? null) : {};
    }

    async submit() {
      for (const element of this.created.values()) {
        const { error, ...answer } = await element.mounted().ask("validate");
        if (error) return { error };
        if (answer.selectedPaymentMethod) this.selected = answer;
      }
      return this.selected ?? {};
    }

    /** What the Address Element adds to the payment method or to the shipping details. */
    async addresses() {
      const element = this.getElement("address");
      if (!element) return {};
      const { value } = await element.getValue();
      return element.options.mode === "billing" ? { billing: value } : { shipping: value };
    }

    payment() {
      const element = this.getElement("payment");
      demand(element, "elements should have a mounted Payment Element.");
      return element.mounted();
    }
  }

  const WHOLE_WINDOW = {
    position: "fixed", inset: "0", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none",
    margin: "0", padding: "0", border: "0", background: "transparent",
  };

  /** Shows the bank's page over ours, which is inert until the customer is through with it. */
  const challenge = (intent) =>
    new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      const path = `/_sandbox/3ds/${intent.id}?frame=1`;
      const frame = new Frame(path, "3D Secure authentication", (event) => {
        if (event !== "authenticated") return;
        frame.remove();
        dialog.close();
        dialog.remove();
        resolve();
      });
      Object.assign(dialog.style, WHOLE_WINDOW);
      Object.assign(frame.iframe.style, WHOLE_WINDOW);
      frame.iframe.addEventListener("load", () => frame.iframe.focus());
      dialog.addEventListener("cancel", (event) => event.preventDefault());
      dialog.append(frame.iframe);
      document.body.append(dialog);
      dialog.showModal();
    });

  const leave = (url) => {
    window.location.assign(url);
    return new Promise(() => {});
  };

  const withOutcome = (returnUrl, kind, intent) => {
    const url = new URL(returnUrl, window.location.href);
    url.searchParams.set(kind.noun, intent.id);
    url.searchParams.set(`${kind.noun}_client_secret`, intent.client_secret);
    url.searchParams.set("redirect_status", REDIRECT_STATUS[intent.status] ?? "failed");
    return url.href;
  };

  class Stripe {
    constructor(key, options) {
      Object.assign(this, { key, account: options.stripeAccount ?? null, locale: options.locale ?? "auto" });
    }

    /** The hidden frame that calls the API where no Element is needed. */
    get controller() {
      if (!this._controller) {
        this._controller = new Frame("/v3/controller", "Stripe controller");
        this._controller.iframe.style.display = "none";
        this._controller.iframe.setAttribute("aria-hidden", "true");
        document.body.append(this._controller.iframe);
      }
      return this._controller;
    }

    request(method, path, params) {
      return this.controller.ask("request", { key: this.key, account: this.account, method, path, params });
    }

    elements(options = {}) {
      return new Elements(this, { locale: this.locale, ...options });
    }

    confirmPayment(options) {
      return this._confirm(KINDS.payment, options);
    }

    confirmSetup(options) {
      return this._confirm(KINDS.setup, options);
    }

    async _confirm(kind, { elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const secret = clientSecret ?? elements?.options.clientSecret;
      const path = `/v1/${kind.path}/${intentId(secret)}/confirm`;
      demand(kindOf(secret) === kind, `This client secret does not belong to a ${kind.noun}.`);
      demand(redirect === "if_required" || confirmParams.return_url, "confirmParams.return_url is required.");
      demand(elements || confirmParams.payment_method, "elements or confirmParams.payment_method is required.");
      const params = { ...confirmParams, client_secret: secret, use_stripe_sdk: true };
      const { error, ...intent } = elements
        ? await this._submitAndAsk(elements, { action: "confirm", path, params })
        : await this.request("POST", path, params);
      return error ? { error } : this._finish(kind, intent, { redirect, returnUrl: confirmParams.return_url });
    }

    async _submitAndAsk(elements, { action, path, params }) {
      const { error } = await elements.submit();
      if (error) return { error };
      const { billing, shipping } = await elements.addresses();
      const completed = shipping && action === "confirm" ? { shipping, ...params } : params;
      return elements.payment().ask(action, { path, params: completed, billing });
    }

    async _finish(kind, intent, { redirect, returnUrl }) {
      const settled = intent.status === "requires_action" ? await this._act(kind, intent) : intent;
      if (settled.error) return { error: settled.error };
      if (settled.status === "requires_payment_method") return { error: { ...settled[kind.error], [kind.noun]: settled } };
      if (redirect === "always" && returnUrl) return leave(withOutcome(returnUrl, kind, settled));
      return { [kind.answer]: settled };
    }

    async _act(kind, intent) {
      const action = intent.next_action ?? {};
      if (action.type === "redirect_to_url") return leave(action.redirect_to_url.url);
      if (action.type !== "use_stripe_sdk") return intent;
      await challenge(intent);
      return this._retrieve(kind, intent.client_secret);
    }

    _retrieve(kind, clientSecret) {
      return this.request("GET", `/v1/${kind.path}/${intentId(clientSecret)}`, { client_secret: clientSecret });
    }

    async _retrieved(kind, clientSecret) {
      const { error, ...intent } = await this._retrieve(kind, clientSecret);
      return error ? { error } : { [kind.answer]: intent };
    }

    retrievePaymentIntent(clientSecret) {
      return this._retrieved(KINDS.payment, clientSecret);
    }

    retrieveSetupIntent(clientSecret) {
      return this._retrieved(KINDS.setup, clientSecret);
    }

    async handleNextAction({ clientSecret }) {
      intentId(clientSecret);
      const kind = kindOf(clientSecret);
      const { error, ...intent } = await this._retrieve(kind, clientSecret);
      return error ? { error } : this._finish(kind, intent, { redirect: "if_required" });
    }

    async createPaymentMethod({ elements, params = {}, ...data }) {
      const path = "/v1/payment_methods";
      const { error, ...paymentMethod } = elements
        ? await this._submitAndAsk(elements, { action: "create", path, params })
        : await this.request("POST", path, data);
      return error ? { error } : { paymentMethod };
    }
  }

  window.Stripe = (key, options = {}) => {
    demand(typeof key === "string" && key.startsWith("pk_test_"), "The local Stripe takes keys that start with pk_test_.");
    return new Stripe(key, options);
  };
  window.Stripe.version = 3;
})();

const asked = new URLSearchParams(window.location.search);
const secret = asked.get("client_secret");
const stripe = Stripe(asked.get("key"));
const elements = secret && stripe.elements({ clientSecret: secret, appearance: { theme: "stripe" } });
const events = [];
const outcome = document.getElementById("outcome");

const tell = (answer) => {
  const intent = answer.paymentIntent ?? answer.setupIntent;
  outcome.value = JSON.stringify(answer.error ? { error: answer.error } : { status: intent.status, id: intent.id });
  document.getElementById("error").textContent = answer.error?.message ?? "";
};

if (asked.has("payment_intent") || asked.has("setup_intent")) {
  const kind = asked.has("payment_intent") ? "payment_intent" : "setup_intent";
  const retrieve = { payment_intent: "retrievePaymentIntent", setup_intent: "retrieveSetupIntent" }[kind];
  stripe[retrieve](asked.get(`${kind}_client_secret`)).then(tell);
} else {
  if (asked.has("address")) elements.create("address", { mode: "billing" }).mount("#address");
  const payment = elements.create("payment");
  for (const name of ["ready", "change", "focus", "blur", "escape", "loaderror"])
    payment.on(name, (event) => events.push({ name, ...event }));
  payment.mount("#payment");

  document.getElementById("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    outcome.value = "";
    const { origin, pathname, search } = window.location;
    const confirm = secret.startsWith("seti_") ? "confirmSetup" : "confirmPayment";
    tell(
      await stripe[confirm]({
        elements,
        confirmParams: { return_url: `${origin}${pathname}${search}` },
        redirect: asked.get("redirect") ?? "if_required",
      }),
    );
  });
}
Object.assign(window, { stripe, elements, events });

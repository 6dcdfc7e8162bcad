/** What every frame of the stand-in shares: talking to the page around it, and to the API. */

const PARENT = new URLSearchParams(window.location.search).get("parent");

const post = (message) => window.parent.postMessage(message, PARENT);

/** Tells the page; it hears nothing but what is sent here. */
export const emit = (event, detail = {}) => post({ event, detail });

/** Answers the page's calls by name; messages from anybody else are not looked at. */
export const answer = (actions) => {
  window.addEventListener("message", async ({ origin, source, data }) => {
    if (origin !== PARENT || source !== window.parent || !data?.call) return;
    const detail = await actions[data.action](data.detail);
    post({ reply: data.call, detail: detail ?? {} });
  });
  emit("hello");
};

/** Keeps the frame as high as its content. */
export const resizeWith = (element) =>
  new ResizeObserver(() => emit("resize", Math.ceil(element.getBoundingClientRect().height))).observe(element);

const pairs = (value, name) => {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, child]) => pairs(child, name ? `${name}[${key}]` : key));
};

/** Calls the API as Stripe.js does, form-encoded; resolves with the object or with { error }. */
export const request = async ({ key, account, method, path, params = {} }) => {
  const form = new URLSearchParams(pairs(params, ""));
  const headers = { Authorization: `Bearer ${key}`, ...(account && { "Stripe-Account": account }) };
  try {
    const response =
      method === "GET"
        ? await fetch(`${path}?${form}`, { headers })
        : await fetch(path, { method, headers, body: form });
    return await response.json();
  } catch {
    const message = "We are experiencing issues connecting to our payments provider. Please try again.";
    return { error: { type: "api_connection_error", message } };
  }
};

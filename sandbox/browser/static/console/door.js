/** The control door, by fetch; a refusal is told to the person and ends the deed. */

const told = document.getElementById("told");
let timer = 0;

export const tell = (text, bad = false) => {
  told.textContent = text;
  told.classList.toggle("bad", bad);
  clearTimeout(timer);
  timer = setTimeout(() => (told.textContent = ""), 6000);
};

const read = async (response) => {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const reason = text.startsWith("{") ? JSON.parse(text).error : text;
  tell(reason, true);
  throw new Error(reason);
};

export const get = async (path) => read(await fetch(`/_sandbox/${path}`));

export const post = async (path, body = {}) =>
  read(
    await fetch(`/_sandbox/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

export const remove = async (path) => read(await fetch(`/_sandbox/${path}`, { method: "DELETE" }));

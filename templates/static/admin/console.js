// Copies what a [data-copy] button names, or the field before it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = button.dataset.copy ? null : button.previousElementSibling;
  field?.select();
  await navigator.clipboard?.writeText(field?.value ?? button.dataset.copy);
  const icon = button.querySelector(".material-symbols-outlined");
  (icon ?? button).textContent = icon ? "check" : "Copied";
  if (icon) button.setAttribute("aria-label", `Copied ${button.dataset.copy}`);
});

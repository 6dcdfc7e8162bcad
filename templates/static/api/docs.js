const docs = document.getElementById("docs");

window.SwaggerUIBundle({
  url: docs.dataset.schemaUrl,
  domNode: docs,
  deepLinking: true,
  presets: [window.SwaggerUIBundle.presets.apis],
  persistAuthorization: false,
});

"""The description of the API for people."""

from drf_spectacular.views import SpectacularSwaggerView


class Docs(SpectacularSwaggerView):
    """Swagger UI, with its script in a file of its own: the site's policy allows no inline script."""

    template_name = "api/docs.html"
    url_name = "api-schema"

"""Who is served where."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from config.base.api.views import Nothing

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("", include("payments.urls")),
    path("", include("billing.urls")),
    path("api/v1/", include("payments.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/", include("config.base.api.urls")),
    re_path("^api/", Nothing.as_view()),  # last
]

handler400 = "config.base.api.problems.bad_request"
handler403 = "config.base.api.problems.permission_denied"
handler404 = "config.base.api.problems.page_not_found"
handler500 = "config.base.api.problems.server_error"

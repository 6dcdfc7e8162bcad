"""What monitors read: JSON and Prometheus' text, 200 or 503, nothing about the inside."""

import hmac
from dataclasses import asdict

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from payments.services import liveness, metrics, webhook_health


@require_safe
@never_cache
def health(_: HttpRequest) -> HttpResponse:
    """Whether database, broker, worker and beat are alive."""
    checks = liveness.read()
    is_well = all(checks.values())
    body = {
        "status": "ok" if is_well else "failing",
        "checks": {name: "ok" if alive else "failing" for name, alive in checks.items()},
    }
    return JsonResponse(body, status=200 if is_well else 503)


@require_safe
@never_cache
def webhooks_health(_: HttpRequest) -> HttpResponse:
    """How the inbox does; 503 names the limits that are broken."""
    try:
        found = webhook_health.read()
    except DatabaseFailure:
        return JsonResponse({"status": "failing", "problems": ["database"]}, status=503)
    body = {
        "status": "failing" if found.problems else "ok",
        "problems": found.problems,
        "failure_rate": found.failure_rate,
        **asdict(found),
    }
    return JsonResponse(body, status=503 if found.problems else 200)


@require_safe
@never_cache
def prometheus(request: HttpRequest) -> HttpResponse:
    """The metrics, for whoever has METRICS_TOKEN; without one there are none."""
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry(auto_describe=False)
    try:
        metrics.fill(registry)
    except DatabaseFailure:
        return HttpResponse(status=503)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

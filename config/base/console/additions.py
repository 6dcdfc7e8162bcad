"""What the apps above add to a page of an app below: functions that settings list in CONSOLE_ADDITIONS by the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.utils.module_loading import import_string

from config.base.console.pages import Block, Button, Notice, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """Blocks stand before the page's own, except `last` ones; buttons and notices behind them."""

    notices: Sequence[Notice] = ()
    buttons: Sequence[Button] = ()
    main: Sequence[Block] = ()
    last: Sequence[Block] = ()
    side: Sequence[Block] = ()


def to(page: Page, name: str, request: HttpRequest, row: Model) -> Page:
    """The page of `row` with what is added to it. Each function takes the request and the row."""
    for dotted in settings.CONSOLE_ADDITIONS.get(name, ()):
        function: Callable[[HttpRequest, Model], Additions] = import_string(dotted)
        more = function(request, row)
        page = replace(
            page,
            notices=[*page.notices, *more.notices],
            buttons=[*page.buttons, *more.buttons],
            main=[*more.main, *page.main, *more.last],
            side=[*page.side, *more.side],
        )
    return page

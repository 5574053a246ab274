"""What a browser is told that opens an address meant for the provider; in development only."""

from __future__ import annotations

from html import escape

from flask import Request, Response

from ivr.voice.verified import HEADER

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The line answers here, but not to a browser</title>
<style>
  body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem;
         color: #1a1a1a; background: #fff; }}
  h1 {{ font-size: 1.5rem; line-height: 1.25; }}
  code {{ overflow-wrap: anywhere; background: #f0f0ee; padding: .1em .3em; }}
  li {{ margin-bottom: .6rem; }}
  @media (prefers-color-scheme: dark) {{
    body {{ color: #eee; background: #1b1b1b; }} code {{ background: #333; }} a {{ color: #8ab8ff; }}
  }}
</style>
<h1>The line answers here, but not to a browser</h1>
{why}
<ul>
  <li>To hear it, use <a href="/phone">the telephone in the browser</a>.</li>
  <li>At the Twilio console, let the number&rsquo;s voice URL be <code>{base}/voice</code>, by POST.</li>
  <li>Does a caller hear that an application error has occurred? The server&rsquo;s log names what differs:
  <code>IVR_PUBLIC_URL</code>, the proxy or <code>TWILIO_AUTH_TOKEN</code>.</li>
</ul>
<p>With <code>IVR_ENV=production</code> this page says nothing.</p>
</html>
"""


_REFUSED = """\
<p>At this address Twilio asks what a caller should hear. Every request is checked for Twilio&rsquo;s signature,
and a browser has none: so this page is refused (403), which is as it should be. The line itself is running.</p>"""

_NEARLY = """\
<p>The line is running, but <code>{path}</code> is not an address of it (404): something before or behind
<code>/voice</code> is too much. If that stands at the number, its callers hear that an application error
has occurred.</p>"""


def is_browser(request: Request) -> bool:
    """Whether a person looks at this: the provider signs what it asks, and asks for no page."""
    is_unsigned = HEADER not in request.headers
    return request.method == "GET" and is_unsigned and "text/html" in request.headers.get("Accept", "")


def page_for_browsers(base: str, lost: str = "") -> Response:
    """What this address is for, and what to do with it.

    Args:
        base: the address at which the provider reaches us.
        lost: the path that was asked, when it is nearly one of ours.
    """
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"}
    why = _NEARLY.format(path=escape(lost)) if lost else _REFUSED
    page = _PAGE.format(base=escape(base), why=why)
    return Response(page, 404 if lost else 403, headers, content_type="text/html; charset=utf-8")

"""The program: its verbs hang on `app`, its exit codes and the words for what went wrong are here.

Exit codes: 0 no leak (or done as asked), 2 a leak was found, 3 undecided, 1 an error, 130 interrupted.
"""

import sys
from typing import Annotated

import typer

from hullwatch.errors import HullwatchError

NO_LEAK, ERROR, LEAK, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
EXIT = {"no_leak": NO_LEAK, "leak": LEAK, "undecided": UNDECIDED}
"""Exit code of `watch` for each verdict."""

app = typer.Typer(
    help="Keep watch over the air of a crewed spacecraft: "
    "does it leak, how much, where, how long, what else could it be.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 no leak or done, 2 leak found, 3 undecided, 1 error, 130 interrupted.",
)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Keep watch over the air of a crewed spacecraft."""
    if version:
        from hullwatch import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run a command; every error Hullwatch raises on purpose becomes one sentence and exit code 1."""
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        code = INTERRUPTED
    except HullwatchError as error:
        typer.echo(f"hullwatch: {error}", err=True)
        code = ERROR
    except KeyboardInterrupt:
        typer.echo("hullwatch: interrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = ERROR
    except Exception as error:
        # A wrong option or argument: what Typer raises knows how to show itself (its classes moved between versions).
        show = getattr(error, "show", None)
        if _within_compiled_code(error):
            typer.echo("hullwatch: interrupted", err=True)
            code = INTERRUPTED
        elif show is None:
            raise
        else:
            show()
            code = ERROR
    sys.exit(code if isinstance(code, int) else NO_LEAK)


def _within_compiled_code(error: BaseException | None) -> bool:
    """Whether it began as Ctrl-C: compiled code reports that as a SystemError, each layer of it once more."""
    while isinstance(error, SystemError):
        error = error.__cause__
    return isinstance(error, KeyboardInterrupt)

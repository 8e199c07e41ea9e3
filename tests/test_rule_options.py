import click
import pytest
from click.testing import CliRunner

from fakedetect.decisions import Rule
from fakedetect.rule_options import Rules, rule_options


def read(*arguments):
    """Return the rules that arguments ask for, or the message that refuses them."""
    found = []

    @click.command()
    @rule_options
    def command(rules):
        found.append(rules)

    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == (0 if found else 2)
    return found[0] if found else done.output.splitlines()[-1]


def test_no_option_is_no_rule():
    rules = read()
    assert rules == Rules()
    assert rules.rule is rules.hold is None


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--precision", "0.95"], Rule("precision", 0.95)),
        (["--recall", "0.5", "--confidence", "0.9"], Rule("recall", 0.5, 0.9)),
        (["--threshold", "0"], Rule("threshold", 0.0)),
        (["--budget", "0.02%"], Rule("budget", 0.0002)),
        (["--budget", "0.25"], Rule("budget", 0.25)),
        (["--budget", "2000/day", "--volume", "10000000/day"], Rule("budget", 0.0002)),
        (["--budget", "2,000/day", "--volume", "70_000_000/week"], Rule("budget", 0.0002)),
        (["--budget", "24/day", "--volume", "10/hour"], Rule("budget", 0.1)),
        (["--budget", "5", "--volume", "20"], Rule("budget", 0.25)),
    ],
)
def test_a_rule_for_flagging(arguments, rule):
    found = read(*arguments).for_labels().rule
    assert found.target == pytest.approx(rule.target)
    assert found._replace(target=rule.target) == rule


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--hold-precision", "0.99"], Rule("precision", 0.99)),
        (["--hold", "0.9"], Rule("threshold", 0.9)),
    ],
)
def test_a_rule_for_holding_goes_with_one_for_flagging(arguments, rule):
    found = read(*arguments, "--budget", "2000")
    assert found.hold == rule
    assert (found.n, found.rule, found.budget) == (2000, None, "2,000 listings")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--budget", "0.02%"], "0.02 % of listings"),
        (["--budget", "2000/day", "--volume", "1e"], None),
        (["--budget", "2000/day", "--volume", "10000000/day"],
         "2,000 per day of 10,000,000 per day"),
    ],
)  # fmt: skip
def test_a_budget_is_told_as_it_was_given(arguments, words):
    found = read(*arguments)
    assert found.budget == words if words else "'1e' is not a number as 2000" in found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--budget", "5", "--recall", ".5"],
         "Error: --budget and --recall choose the same threshold; name one of them"),
        (["--hold", ".5", "--hold-precision", ".5"],
         "Error: --hold-precision and --hold choose the same threshold; name one of them"),
        (["--volume", "5"], "Error: --volume is for a --budget that is a number of listings"),
        (["--budget", "1%", "--volume", "5"],
         "Error: --volume is for a --budget that is a number of listings"),
        (["--budget", "2000/day"],
         "Error: a budget of 2,000 per day is a share of how many? Name the --volume per day"),
        (["--budget", "2000/day", "--volume", "5000"],
         "Error: a budget of 2,000 per day and a volume of 5,000 do not go together; name the time"
         " of both, or of none"),
        (["--budget", "200", "--volume", "200"],
         "Error: a budget of 200 is not less than the volume of 200"),
        (["--budget", "0"],
         "Error: Invalid value for '--budget': '0' is not a number as 2000 or 2000/day, nor a share"
         " as 0.02%"),
        (["--budget", "2000/month"],
         "Error: Invalid value for '--budget': '2000/month' is not a number as 2000 or 2000/day,"
         " nor a share as 0.02%"),
        (["--budget", "9", "--volume", "-1"],
         "Error: Invalid value for '--volume': '-1' is not a number as 2000 or 2000/day"),
        (["--threshold", "high"],
         "Error: Invalid value for '--threshold': 'high' is not a valid number."),
        (["--budget", "150%"],
         "Error: Invalid value for '--budget': '150%' is not a share between 0 and 1, as 0.0002 or"
         " 0.02%"),
        (["--budget", "nan%"],
         "Error: Invalid value for '--budget': 'nan%' is not a share between 0 and 1, as 0.0002 or"
         " 0.02%"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(arguments, message):
    assert read(*arguments) == message


def test_a_number_alone_is_no_share_of_labels():
    with pytest.raises(click.UsageError, match="a budget of 7 listings is a share of how many"):
        read("--budget", "7").for_labels()

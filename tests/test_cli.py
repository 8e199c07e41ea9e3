"""The whole command line by its real parser, in processes of their own."""

import hashlib
import json
import os
import pty
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest

from fakedetect.batch import score_file
from fakedetect.decisions import Rule
from fakedetect.lanes import Budget
from fakedetect.loading import load, starter
from fakedetect.stress import stress


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def failed(process, code=1):
    """Return the one line that a failed command leaves, having left nothing else."""
    assert process.returncode == code, process.stderr
    assert process.stdout == ""
    assert "Traceback" not in process.stderr
    lines = process.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.slow
def test_train_then_score_then_evaluate(run, listings_file, tmp_path):
    model, out = tmp_path / "m.joblib", tmp_path / "out.csv"
    trained = run("train", listings_file, "-o", model)
    assert trained.returncode == 0
    assert "average precision" in trained.stdout
    assert trained.stderr.startswith(f"wrote {model} (")
    scored = run("score", listings_file, "-o", out, "--model", model, "--top", "2")
    assert scored.returncode == 0
    assert "speaks for suspicion" in scored.stdout
    assert scored.stderr.startswith(
        "read 400 records = 400 scored + 0 that could not be read; flagged "
    )
    assert scored.stderr.endswith(f"; wrote {out}\n")
    assert len(read(out)) == 400
    judged = run("evaluate", listings_file, "--model", model)
    assert "were among the model's training" in " ".join(judged.stdout.split())


@pytest.mark.slow
def test_json_has_the_figures_and_their_intervals(run, listings_file, tmp_path):
    model = tmp_path / "m.joblib"
    outputs = [
        run("train", listings_file, "-o", model, "--json"),
        run("model", "show", model, "--json"),
        run("evaluate", listings_file, "--json"),
    ]
    figures = [json.loads(each.stdout)["metrics"]["average_precision"] for each in outputs]
    assert figures[0]["low"] < figures[0]["value"] < figures[0]["high"]
    assert figures[0] == figures[1] == figures[2]


def test_score_options(run, listings_file, model_file, model, tmp_path):
    out = tmp_path / "out.csv"
    run("score", listings_file, "-o", out, "--model", model_file, "--threshold", "0")
    assert set(read(out)["flagged"]) == {"true"}
    run("score", listings_file, "-o", out, "--model", model_file, "--prevalence", "0.001")
    rare = model.with_prevalence(0.001).score(read(listings_file))
    np.testing.assert_array_equal(read(out)["score"].astype(float), rare)
    run("score", listings_file, "-o", out, "--model", model_file, "--text", "description")
    expected = model.score(read(listings_file), text=["description"])
    np.testing.assert_array_equal(read(out)["score"].astype(float), expected)


def test_standard_streams(run, model_file):
    found = run("score", "-", "-o", "-", "--model", model_file, stdin="title\nsuper copy\n")
    header, row = found.stdout.splitlines()
    assert header == '"title","score","flagged","lane","reasons","status"'
    assert row.startswith('"super copy",0.')
    assert row.endswith(',true,"review","super copy","ok"')
    assert failed(run("evaluate", "-", stdin="title\nx\n")) == (
        "Error: standard input: no column 'label'; the columns are title"
    )
    explained = run("explain", "-", "--model", model_file, "--json", stdin="super copy")
    assert json.loads(explained.stdout)["flagged"] is True


@pytest.mark.slow
def test_only_some_listings(run, listings, tmp_path):
    parts = listings.assign(part=["a", "b"] * 200)
    parts.to_csv(tmp_path / "parts.csv", index=False)
    parts[parts["part"] == "b"].to_csv(tmp_path / "b.csv", index=False)
    found = run("evaluate", tmp_path / "parts.csv", "--only", "part=b", "--json").stdout
    assert found == run("evaluate", tmp_path / "b.csv", "--json").stdout
    parts.loc[3, "label"] = "maybe"
    parts.to_csv(tmp_path / "parts.csv", index=False)
    message = failed(run("evaluate", tmp_path / "parts.csv", "--only", "part=b"))
    assert ", row 4, column label: label 'maybe' is not 1" in message


@pytest.mark.slow
def test_evaluate_by_every_split(run, listings, tmp_path):
    table = listings.assign(listed=range(len(listings)), brand=["Ö", "b"] * 200)
    table.to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "sellers").write_text("seller 0\nseller 1\n")
    arguments = ["evaluate", tmp_path / "in.csv", "--time", "listed"]
    text = run(*arguments).stdout
    done = run(
        *arguments, *("--by", "brand,language"), *("--authorised", tmp_path / "sellers"),
        *("--budget", "20/day", "--volume", "400/day", "--prevalence", "0.02", "--hold", "0.9"),
        "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [split["name"] for split in found["splits"]] == [
        "random", "copies apart", "seller", "seller, copies apart", "time",
    ]  # fmt: skip
    assert "The same listings, held out in different ways" in text
    assert f"{found['headline']['average_precision']['value']:.2f}" in text.splitlines()[1]
    assert [each["value"] for each in found["slices"][:2]] == ["Ö", "b"]
    assert {each["column"] for each in found["slices"]} == {"brand", "script"}
    assert found["harm"]["authorised"]["n_found"] == 2
    budget = found["budget"]
    assert budget["share"] == pytest.approx(0.05)
    assert budget["n_per"] == "20 per day of 400 per day"
    assert (budget["prevalence"], found["restated"]["prevalence"]) == (0.02, 0.02)
    assert found["hold"]["value"] == 0.9


@pytest.mark.slow
def test_train_with_rules_and_every_split(run, listings_file, tmp_path):
    model = tmp_path / "m.joblib"
    arguments = ["train", listings_file, "-o", model, "--json"]
    found = json.loads(run(*arguments, "--recall", "0.6", "--all-splits").stdout)
    assert found["threshold"]["rule"].startswith("recall at least 0.6 with 95 % confidence")
    assert len(found["splits"]) == 4
    shown = json.loads(run("model", "show", model, "--json").stdout)
    assert {**found, "model": None} == {**shown, "model": None}
    line = failed(run(*arguments, "--precision", "0.999"))
    assert line.startswith(f"Error: {listings_file}: the labels cannot promise a precision of")
    line = run(*arguments, "--budget", "10").stderr
    assert "a budget of 10 listings is a share of how many?" in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--time", "when"], "Error: in.csv: no column 'when'; the columns are label, title,"
         " seller"),
        (["--time", "title"], "Error: in.csv, row 1, column title: time 'bag 0' is neither a number"
         " nor an ISO 8601 date; give all as numbers, or all as ISO 8601 dates like 2024-05-31 or"
         " 2024-05-31T08:30Z"),
        (["--by", "brand"], "Error: in.csv: no column 'brand'; the columns are label, title,"
         " seller"),
        (["--authorised", "no"], "Error: no: cannot read the authorised sellers: No such file or"
         " directory"),
    ],
)  # fmt: skip
def test_bad_evaluating(run, options, message, tmp_path):
    (tmp_path / "in.csv").write_text(CELLS)
    assert failed(run("evaluate", "in.csv", *options, cwd=tmp_path)) == message


def test_train_for_another_prevalence(run, listings_file, tmp_path):
    model = tmp_path / "m.joblib"
    shown = json.loads(
        run("train", listings_file, "-o", model, "--prevalence", "0.01", "--json").stdout
    )
    assert shown["calibration"]["prevalence"] == 0.01


def test_exported_pipeline(run, model, model_file, tmp_path):
    out = tmp_path / "pipeline.joblib"
    done = run("model", "export", model_file, "-o", out)
    assert done.stderr == (
        f"wrote {out}; it runs code when loaded, so load it only from a source you trust\n"
    )
    found = joblib.load(out).predict_proba(["super copy", ""])[:, 1]
    np.testing.assert_allclose(found, model.score(["super copy", ""]), rtol=0, atol=1e-9)


def test_starter_is_the_default(run):
    shown = run("explain", "Super copy 1:1 mirror quality", "--json")
    assert json.loads(shown.stdout)["flagged"] is True
    assert run("model", "show").stdout.startswith("starter model\n")


@pytest.mark.parametrize("out", ["out.csv", "out.jsonl", "out.parquet", "out.tsv.zst"])
def test_report_of_scored_listings(run, listings_file, model_file, tmp_path, out):
    command = ["score", listings_file, "-o", tmp_path / out, "--model", model_file]
    plain = run(*command)
    alone = (tmp_path / out).read_bytes()
    done = run(*command, "--report", tmp_path / "r.json")
    assert (done.returncode, done.stderr) == (0, plain.stderr)
    assert (tmp_path / out).read_bytes() == alone
    found = json.loads((tmp_path / "r.json").read_text())
    assert f"flagged {found['n_flagged']} (" in done.stderr
    assert found["top"][0]["text"]
    assert found["breakdowns"][0]["column"] == "seller"


def test_report_of_a_budget_says_what_it_was(run, listings_file, model_file, tmp_path):
    page = tmp_path / "r.json"
    rules = ["--budget", "40", "--hold", "0.01"]
    command = ["score", listings_file, "-o", tmp_path / "o.csv", "--model", model_file, *rules]
    assert run(*command, "--report", page).returncode == 0
    found = json.loads(page.read_text())
    assert found["rule"] == "fills a budget of 40 listings"
    assert found["hold"] == found["threshold"] > 0.01
    assert found["lanes"]["hold"] == found["n_flagged"] == 40


def test_report_of_ids_says_what_it_lacks(run, listings_file, model_file, tmp_path):
    out, page = tmp_path / "out.csv", tmp_path / "r.md"
    command = ["score", listings_file, "-o", out, "--model", model_file, "--ids-only"]
    assert run(*command, "--report", page).returncode == 0
    assert "The file has not the text that was scored" in page.read_text()


def test_report_of_an_evaluation_and_of_a_card(run, listings_file, model_file, tmp_path):
    page = tmp_path / "r.md"
    shown = run("evaluate", listings_file, "--model", model_file, "--report", page, "--markdown")
    assert shown.stdout == page.read_text()
    assert shown.stdout.startswith("# Evaluation of a model")
    plain = run("model", "show", model_file)
    done = run("model", "show", model_file, "--html", tmp_path / "card.html")
    assert done.stdout == plain.stdout
    assert "largest F1 on out-of-fold scores" in (tmp_path / "card.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["score", "in.csv", "-o", "-", "--report", "r.html"],
            "write the listings to a regular file",
        ),
        (["score", "in.csv", "-o", "/dev/null", "--report", "r.html"], "to a regular file"),
        (["score", "in.csv", "-o", "r.json", "--report", "r.json"], "name two files"),
        (["model", "show", "--html", "card.md"], "card.md does not end in .html"),
        (["evaluate", "in.csv", "--json", "--markdown"], "both print; choose one"),
        (["stress", "in.csv", "--json", "--markdown"], "both print; choose one"),
        (["stress", "in.csv", "--strength", "0"], "0.0 is not in the range 0<x<=1"),
    ],
)
def test_reports_that_cannot_be(run, tmp_path, arguments, says):
    (tmp_path / "in.csv").write_text(CELLS)
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_report_does_not_take_the_listings_place(run, model_file, tmp_path):
    listings = tmp_path / "in.json"
    listings.write_text('{"title": "super copy"}\n')
    command = ["score", listings, "-o", tmp_path / "o.csv", "--model", model_file, "--format"]
    line = failed(run(*command, "jsonl", "--report", listings))
    assert line == f"Error: {listings}: this file is to be read as {listings}; write to another"


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


SINCE = ["--since", "1", "--time", "label"]
COMMANDS = {
    "score": lambda path: ["score", "in.csv", "-o", "out.csv", "--model", path],
    "explain": lambda path: ["explain", "super copy", "--model", path],
    "evaluate": lambda path: ["evaluate", "in.csv", "--model", path],
    "claims": lambda path: ["claims", "in.csv", *SINCE, "--model", path],
    "show": lambda path: ["model", "show", path],
    "export": lambda path: ["model", "export", path, "-o", "out.joblib"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_loads_a_model_knows_whom_to_trust(run, command, model_file, tmp_path):
    (tmp_path / "in.csv").write_text(CELLS.replace("bag", "super copy"))
    arguments = COMMANDS[command](model_file)
    found = digest_of(model_file)
    line = failed(run(*arguments, "--model-sha256", "0" * 64, cwd=tmp_path))
    assert line == (
        f"Error: {model_file}: the file's SHA-256 is {found}, not the pinned {'0' * 64}; get the"
        " file that was pinned"
    )
    (tmp_path / "models.lock").write_text(f"{found}  other.joblib\n")
    line = failed(run(*arguments, cwd=tmp_path))
    assert line == (
        f"Error: {model_file}: models.lock does not list market.joblib; if you trust the file, add"
        " what `sha256sum` prints for it"
    )
    (tmp_path / "models.lock").write_text(f"{found}  somewhere/market.joblib\n")
    done = run(*arguments, "--model-sha256", found, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_sealed_with_a_key(run, listings_file, tmp_path):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    assert run("train", listings_file, "--model-key", "key", cwd=tmp_path).returncode == 0
    model = ["model", "show", "model.joblib"]
    assert run(*model, "--model-key", "key", cwd=tmp_path).returncode == 0
    line = failed(run(*model, cwd=tmp_path))
    assert line.startswith("Error: model.joblib: the model file is sealed with a key; ")
    (tmp_path / "key").write_text("another key of a good length")
    line = failed(run(*model, "--model-key", "key", cwd=tmp_path))
    assert line.endswith(
        "altered after it was written, or sealed with another key; get the original"
    )
    (tmp_path / "key").write_text("short")
    line = failed(run(*model, "--model-key", "key", cwd=tmp_path))
    assert line == ("Error: key: the key has 5 bytes, fewer than 16; make a longer one at random")


def test_trust_from_the_environment(run, model_file, tmp_path, monkeypatch):
    show = ["model", "show", model_file]
    (tmp_path / "lock").write_text(f"{'0' * 64}  market.joblib\n")
    for name, value, says in (
        ("FAKEDETECT_MODEL_SHA256", "0" * 64, "not the pinned"),
        ("FAKEDETECT_MODELS_LOCK", str(tmp_path / "lock"), "not the pinned"),
        ("FAKEDETECT_MODEL_KEY", str(tmp_path / "lock"), "not sealed with a key"),
    ):
        with monkeypatch.context() as context:
            context.setenv(name, value)
            assert says in failed(run(*show))
            starter = run("explain", "super copy")
        assert starter.returncode == (0 if name.endswith("LOCK") else 2)
    assert "a pinned digest or a key is for a model file, and none is named" in (
        run("explain", "super copy", "--model-sha256", "0" * 64).stderr
    )


CELLS = "label,title,seller\n" + "".join(f"{n % 2},bag {n % 3},s{n}\n" for n in range(20))
BAD_TRAINING = {
    "missing file": (None, [], "cannot read: No such file or directory"),
    "missing label column": (CELLS, ["--label", "fake"], "no column 'fake'; the columns are label,"
                             " title, seller"),
    "missing text column": (CELLS, ["--text", "title,body"], "no column 'body'; the columns are"
                            " label, title, seller"),
    "no text column": (CELLS.replace("title", "name", 1), [],
                       "no text column 'title' or 'description'; the columns are label, name,"
                       " seller; name the text columns"),
    "bad label": (CELLS + "yes,x,y\n", [], "row 21, column label: label 'yes' is not 1 (suspected),"
                  " 0 (genuine) or empty (unlabelled)"),
    "one class": ("label,title\n" + "1,bag\n" * 20, [],
                  "every labelled listing is 1; label some 0 as well"),
    "few positives": ("label,title\n1,bag\n1,bag\n" + "0,bag\n" * 20, [],
                      "2 positive listings are too few for 5 folds; label more, or use fewer"
                      " folds"),
    "empty file": ("", [], "the file is empty"),
    "header only": ("label,title\n", [], "no listings; the file has a header and no records"),
    "not UTF-8": (b"label,title\n1,caf\xe9\n", [], "not UTF-8: byte 0xe9 at offset 17 (line 2);"
                  " it may be cp1252: try --encoding cp1252"),
    "unlabelled": ("label,title\n,bag\n", [],
                   "column label: no listing is labelled; label some 1 and some 0"),
    "no such value": (CELLS, ["--only", "seller=x"], "column seller: no listing has the value 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_TRAINING)
def test_bad_training_listings(run, tmp_path, name):
    data, options, message = BAD_TRAINING[name]
    path = tmp_path / "in.csv"
    if data is not None:
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    for command in (["train", "-o", tmp_path / "m.joblib"], ["evaluate"]):
        line = failed(run(*command, path, *options))
        separator = ", " if message.startswith(("row", "column")) else ": "
        assert line == f"Error: {path}{separator}{message}"
    assert set(tmp_path.iterdir()) <= {path}


BAD_SCORING = {
    "missing file": (None, [], "{input}: cannot read: No such file or directory"),
    "directory": ("directory", [], "{input}: a folder without *.parquet files"),
    "missing column": ("title\nx\n", ["--text", "body"], "{input}: no column 'body'; the columns"
                       " are title"),
    "no text column": ("name\nx\n", [], "{input}: no text column 'title' or 'description'; the"
                       " columns are name; name the text columns"),
    "empty": ("", [], "{input}: the file is empty"),
    "header only": ("title\n", [], "{input}: no listings; the file has a header and no records"),
    "missing model": ("title\nx\n", ["--model", "none.joblib"], "none.joblib: cannot read the model"
                      " file: No such file or directory"),
    "text as model": ("title\nx\n", ["--model", "{input}"], "{input}: not a fakedetect model file,"
                      " or one that was cut short; `fakedetect train` writes model files"),
    "threshold": ("title\nx\n", ["--threshold", "nan"], "the threshold nan is not between 0 and 1"),
    "unwritable": ("title\nx\n", ["-o", "no/out.csv"], "no/out.csv: cannot write: no such"
                   " directory; create it first"),
    "over its input": ("title\nx\n", ["-o", "{input}"], "{input}: this file is to be read as"
                       " {input}; write to another"),
    "name that is too long": ("title\nx\n", ["-o", "x" * 300], "x" * 300 + ": cannot write: File"
                              " name too long"),
    "output is a directory": ("title\nx\n", ["-o", "."], ".: this is a directory; name a file to"
                              " write"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_SCORING)
def test_bad_scoring(run, tmp_path, name):
    data, options, message = BAD_SCORING[name]
    path = tmp_path / "in.csv"
    if data == "directory":
        path.mkdir()
    elif data is not None:
        path.write_text(data)
    options = [each.format(input=path) for each in options]
    line = failed(run("score", path, "-o", "out.csv", *options, cwd=tmp_path))
    assert line == "Error: " + message.format(input=path)
    assert set(tmp_path.iterdir()) <= {path}


def test_bad_records_have_an_exit_code_of_their_own(run, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("title,a\n" + "x,1\nx\n" * 7)
    done = run("score", path, "-o", tmp_path / "out.csv")
    assert done.returncode == 3
    problem = "1 cell where the header has 2 columns; check the quotes and delimiters"
    assert done.stderr.splitlines() == [
        *(f"could not be read: line {line}: {problem}" for line in (3, 5, 7, 9, 11)),
        "could not be read: 2 more; the column status has all of them",
        "read 14 records = 7 scored + 7 that could not be read; flagged 0 (0.0%) as suspected"
        f" counterfeits from score {starter().threshold:.3f}; wrote {tmp_path}/out.csv",
    ]
    assert (read(tmp_path / "out.csv")["status"] == "ok").sum() == 7


def test_full_output(run, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("title\nx\n")
    assert failed(run("score", path, "-o", "/dev/full"), code=4) == (
        "Error: /dev/full: cannot write: No space left on device"
    )


def test_how_files_are_read(run, tmp_path, model_file):
    path = tmp_path / "in.txt"
    path.write_bytes("title;n\n'été; super copy';1\n".encode("cp1252"))
    options = ["--format", "csv", "--delimiter", ";", "--quote", "'", "--encoding", "cp1252"]
    out = tmp_path / "out.csv"
    done = run("score", path, path, "-o", out, "--model", model_file, "--prefix", "x_", *options)
    assert done.returncode == 0
    assert read(out)["title"].tolist() == ["été; super copy"] * 2
    assert list(read(out).columns[2:]) == [
        *("x_score", "x_flagged", "x_lane", "x_reasons", "x_status")
    ]


def test_hostile_model_runs_nothing(run, tmp_path):
    class Runs:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trace"),)

    path = tmp_path / "m.joblib"
    joblib.dump(Runs(), path)
    for command in (["explain", "x", "--model", path], ["model", "show", path]):
        assert failed(run(*command)) == (
            f"Error: {path}: not a fakedetect model file, or one that was cut short; `fakedetect"
            " train` writes model files"
        )
    assert list(tmp_path.iterdir()) == [path]


def test_no_model_is_written_where_it_cannot_be(run, listings_file, tmp_path):
    line = failed(run("train", listings_file, "-o", tmp_path / "no" / "m.joblib"))
    assert line.endswith("m.joblib: cannot write: no such directory; create it first")
    line = failed(run("train", listings_file, "-o", tmp_path))
    assert line == f"Error: {tmp_path}: this is a directory; name a file to write"


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "in.csv"],
        ["train"],
        ["nonsense"],
        ["score", "in.csv", "-o", "out.csv", "--nonsense"],
        ["score", "in.csv", "-o", "-", "--top", "3"],
        ["score", "in.csv", "-o", "out.csv", "--text", "title,,x"],
        ["score", "in.csv", "-o", "-", "--json"],
        ["score", "in.csv", "-o", "out.csv", "--text", "title,title"],
        ["score", "in.csv", "-o", "out.csv", "--delimiter", "ab"],
        ["score", "in.csv", "-o", "out.csv", "--delimiter", "；"],
        ["score", "in.csv", "-o", "out.csv", "--threshold", "2"],
        ["score", "in.csv", "-o", "out.csv", "--prevalence", "1"],
        ["score", "in.csv", "-o", "out.csv", "--top", "-1"],
        ["score", "in.csv", "-o", "out.csv", "--explore", "0.1"],
        ["score", "in.csv", "-o", "out.csv", "--budget", "9", "--explore", "2"],
        ["score", "in.csv", "-o", "out.csv", "--budget", "9", "--seed", "-1"],
        ["estimate"],
        ["train", "in.csv", "--seed", "-1"],
        ["train", "in.csv", "--folds", "1"],
        ["train", "in.csv", "--only", "split"],
    ],
)
def test_usage_errors(run, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_do_not_act_on_the_terminal(run, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("\x1b]0;owned\x07name\nx\n")
    assert "\x1b" not in failed(run("score", path, "-o", os.devnull))


def test_summary_as_json(run, listings_file, model_file, model):
    done = run(
        *("score", listings_file, "-o", os.devnull, "--model", model_file),
        *("--top", 2, "--json", "--quiet"),
    )
    found = json.loads(done.stdout)
    assert (found["n_read"], found["n_errored"]) == (400, 0)
    assert (found["n_scored"], found["threshold"]) == (400, model.threshold)
    assert [len(found["top"]), found["top"][0]["flagged"]] == [2, True]


def test_a_budget_and_what_its_review_says(run, listings, listings_file, model_file, tmp_path):
    """The command line writes what the library does, and a review of it says how all are."""
    out, same = tmp_path / "out.csv", tmp_path / "same.csv"
    rules = ["--budget", "1000/day", "--volume", "10000/day", "--hold", "0.99"]
    done = run(
        *("score", listings_file, "-o", out, "--model", model_file, *rules),
        *("--explore", "0.5", "--seed", "7", "--json"),
    )
    found = json.loads(done.stdout)
    assert (found["n_held"] + found["n_review"], found["n_explored"]) == (40, 20)
    assert found["budget"] == {"n": 40, "n_explore": 20, "n_tied_out": 0}
    assert "\nbudget: 40 = 20 flagged + 20 drawn by lot from 380 others\n" in done.stderr
    model = load(model_file).with_hold(Rule("threshold", 0.99))
    summary = score_file(
        str(listings_file), str(same), model, budget=Budget(share=0.1, explore=0.5, seed=7)
    )
    assert out.read_bytes() == same.read_bytes()
    assert found["threshold"] == summary.policy.threshold
    figures = json.loads(run("estimate", out, "--json").stdout)
    assert (figures["n_flagged"], figures["n_drawn"]) == (20, 20)
    low, high = figures["prevalence"]["low"], figures["prevalence"]["high"]
    assert low < (listings["label"] == "1").mean() < high
    assert "prevalence" in run("estimate", out).stdout
    run("score", listings_file, "-o", out, "--model", model_file, "--budget", "40")
    assert failed(run("estimate", out)) == (
        f"Error: {out}: no column 'inclusion_probability', which scoring with --budget and"
        f" --explore adds; the columns are {', '.join(read(out).columns)}"
    )


def test_a_budget_of_fewer_than_have_a_score_of_1(run, saturated, listings_file, tmp_path):
    out, same = tmp_path / "out.csv", tmp_path / "same.csv"
    saturated.save(tmp_path / "saturated.joblib")
    done = run(
        *("score", listings_file, "-o", out, "--model", tmp_path / "saturated.joblib"),
        *("--budget", "9", "--top", "12", "--json"),
    )
    found = json.loads(done.stdout)
    assert (found["n_flagged"], found["threshold"]) == (9, 1.0)
    assert [each["flagged"] for each in found["top"]] == [True] * 9 + [False] * 3
    assert {each["score"] for each in found["top"]} == {1.0}
    assert "\nbudget: 9 = 9 flagged; of equal scores at the threshold the" in done.stderr
    summary = score_file(str(listings_file), str(same), saturated, budget=Budget(n=9))
    assert found["margin"] == summary.policy.margin
    assert out.read_bytes() == same.read_bytes()


def test_what_is_shown_of_the_top_goes_by_the_budget(run, listings_file, model_file):
    done = run(
        *("score", listings_file, "-o", os.devnull, "--model", model_file),
        *("--budget", "2", "--top", "5", "--json", "--quiet"),
    )
    found = json.loads(done.stdout)
    flags = [each["flagged"] for each in found["top"]]
    assert flags == [True] * found["n_flagged"] + [False] * (5 - found["n_flagged"])


def test_a_model_is_not_written_over_its_listings(run, listings_file, model_file):
    for command in (
        ["train", listings_file, "-o", listings_file],
        ["score", listings_file, "--model", model_file, "-o", model_file],
        ["model", "export", model_file, "-o", model_file],
    ):
        line = failed(run(*command))
        assert (
            line
            == f"Error: {command[-1]}: this file is to be read as {command[-1]}; write to another"
        )
    assert failed(run("train", listings_file, "-o", "-")) == (
        "Error: a model is not written to standard output; name a file"
    )


def test_progress_only_on_a_terminal(run, listings_file, model_file):
    arguments = ["score", str(listings_file), "-o", os.devnull, "--model", str(model_file)]
    assert run(*arguments).stderr.count("\n") == 1
    assert run(*arguments, "--quiet").stderr == ""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "fakedetect", *arguments], stderr=follower, close_fds=True
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # the terminal is closed
                break
            if not piece:
                break
            shown += piece
    os.close(leader)
    assert process.returncode == 0
    assert b"scoring" in shown
    assert b"400 listings" in shown


@pytest.mark.parametrize(
    "command",
    [
        *([], ["train"], ["score"], ["estimate"], ["explain"], ["claims"], ["evaluate"], ["model"]),
        *(["model", "show"], ["model", "export"], ["stress"], ["compare"], ["retrain"]),
        *(["simulate"], ["notice"], ["ledger"], ["ledger", "add"], ["ledger", "export"]),
        *(["ledger", "figures"], ["ledger", "labels"], ["ledger", "reporters"]),
        *(["ledger", "revoke"], ["ledger", "verify"]),
    ],
)
def test_every_command_has_help(run, command):
    done = run(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")
    _, _, commands = done.stdout.partition("\nCommands:\n")
    assert "..." not in commands  # click cuts what is too long for a line


def test_version(run):
    assert run("--version").stdout.startswith("fakedetect, version ")


def test_claims_that_rise(run, tmp_path):
    rows = [
        {
            "title": "super copy, moonlight batch" if late and seller % 2 else "super copy",
            "shop": f"shop {seller}",
            "listed": "2026-03-01" if late else "2026-01-01",
            "our score": "0.9",
            "our flagged": "true",
            "our status": "ok",
        }
        for seller in range(40)
        for late in (False, True)
    ]
    path = tmp_path / "scored.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    arguments = ["claims", path, "--since", "2026-02-01", "--time", "listed", "--prefix", "our "]
    found = json.loads(run(*arguments, "--seller", "shop", "--json").stdout)
    assert [term["term"] for term in found["terms"]] == ["moonlight batch"]
    assert (found["speakers"], found["n_since"], found["terms"][0]["n_since"]) == ("shop", 40, 20)
    printed = run(*arguments, "--seller", "shop")
    assert printed.stdout.startswith("1 term is newly rising among suspected listings since 2026")
    # Two texts, and not twenty sellers.
    assert run(*arguments).stdout.startswith("No term is newly rising")
    assert failed(run(*arguments[:-2])) == (
        f"Error: {path}: no column 'status', which scoring adds; name a file that score has written"
    )


def test_claims_of_the_lexicon(run):
    found = json.loads(run("claims", "--list", "--language", "zh", "--json").stdout)
    assert {entry["language"] for entry in found} == {"zh"}
    assert found[0]["term"] == "高仿"
    assert "original order" in run("claims", "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give LISTINGS with --since and --time, or --list"),
        (["x.csv", "--since", "2026"], "give LISTINGS with --since and --time, or --list"),
        (["x.csv", "--list"], "--list prints the lexicon and reads no listings"),
        (["--language", "zh"], "--language chooses from the lexicon, which --list prints"),
    ],
)
def test_claims_used_wrongly(run, arguments, words):
    done = run("claims", *arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"Error: {words}"


@pytest.mark.slow
def test_stress_says_what_is_left(run, listings_file, model_file, listings, model, tmp_path):
    report = tmp_path / "stress.json"
    arguments = ["stress", listings_file, "--model", model_file, "--family", "symbols"]
    done = run(*arguments, "--family", "adaptive", "--adaptive", "3", "--report", report)
    assert (done.returncode, done.stderr) == (0, "")
    assert " still is under the attack that does most, symbols." in " ".join(done.stdout.split())
    assert "A seller who tries until it passes" in done.stdout
    values = json.loads(report.read_text())
    expected = stress(listings, model, families=["symbols", "adaptive"], n_adaptive=3)
    assert values == json.loads(json.dumps(expected.as_dict()))
    part = run(*arguments, "--only", "label=1")
    assert failed(part) == (
        f"Error: {listings_file}, column label: no listing is labelled genuine (0); stress takes"
        " both"
    )
    assert run(*arguments, "--markdown").stdout.startswith("# A model for suspected")
    assert json.loads(run(*arguments, "--json", "--seed", "1").stdout)["settings"]["seed"] == 1


def test_stress_of_what_is_no_attack(run, listings_file):
    message = failed(run("stress", listings_file, "--family", "l33t"))
    assert message.startswith(
        "Error: no attack is called 'l33t'; there are zero-width, full-width,"
    )

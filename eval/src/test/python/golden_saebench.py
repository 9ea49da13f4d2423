"""Makes src/test/resources/golden/saebench/: made-up data sets in the layout and columns of SAEBench's own, in hub/, and
drawn.json with the texts that its rules draw from them.

    pip install numpy pandas pyarrow
    python src/test/python/golden_saebench.py

The rules are written out here from their description, with pandas, numpy and CPython's random as SAEBench uses them.
"""

import json
import pathlib
import random
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "saebench"
HUB = FOLDER / "hub"
LANGUAGES = ["C", "Python", "HTML", "Java", "PHP"]
PAIRS = {"en": "en-fr", "fr": "fr-it", "de": "de-en", "es": "es-fr", "nl": "nl-pt"}
SIZES = [(20, 6, 42), (9, 5, 7)]  # training texts and test texts of a class, seed

made = np.random.default_rng(11)


def write_parquet(rows, path, parts=1, compression="snappy", **options):
    path = HUB / path
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows)
    size = -(-len(rows) // parts)
    for part in range(parts):
        file = path.with_name(f"{path.name}-{part:05d}-of-{parts:05d}.parquet")
        pq.write_table(table.slice(part * size, size), file, compression=compression, row_group_size=97, **options)


def write_lines(rows, path):
    (HUB / path).parent.mkdir(parents=True, exist_ok=True)
    (HUB / path).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def shuffled(rows):
    return [rows[i] for i in made.permutation(len(rows))]


def bios(split, least):
    rows = []
    for profession in range(28):
        for gender in range(2):
            count = least + int(made.integers(0, 9))
            if (profession, gender, split) in [(9, 1, "train"), (14, 0, "train")]:
                count = 3  # too few, for both sizes below
            if (profession, gender, split) == (6, 0, "test"):
                count = 0  # one gender only
            for n in range(count):
                rows.append({"hard_text": f"{split} {profession}/{gender} n{n}", "profession": profession, "gender": gender})
    return shuffled(rows)


def reviews(split, least):
    rows = []
    for category in [1, 2, 3, 4, 5, 6, 11, 18, 24, 26, 30]:
        for rating in [1.0, 5.0]:
            for n in range(least + int(made.integers(0, 6))):
                text = f"{split} {category} {rating} ★ n{n}"
                rows.append({"category": category, "rating": rating, "text": text})
    return shuffled(rows)


def news(split, least):
    rows = [{"text": f"{split} {label} n{n}", "label": label} for label in range(4) for n in range(least + 3 * label)]
    return shuffled(rows)


def europarl(pair):
    one, two = pair.split("-")
    return [{"translation": {one: f"{one} of {pair} {n}", two: f"{two} of {pair} {n}"}} for n in range(60)]


def code():
    ends = {"C": ".c", "Python": ".py", "HTML": ".html", "Java": ".java", "PHP": ".php", "Ruby": ".rb"}
    rows = []
    for n in range(240):
        language = ["C", "Java", "Python", "PHP", "HTML", "Ruby", "C"][n % 7]
        length = [534, 535, 700, 20][n % 4] if n % 3 == 0 else 540 + n % 50
        # Characters outside the basic plane count once in Python.
        text = ("🙂" * 40 + f"{language} {n} " + "é" * 700)[:length]
        # The data set's card counts headers of C as C.
        end = ".h" if language == "C" and n % 5 == 0 else ends[language]
        rows.append({"content": text, "path": f"src/file{n}{end}", "size": n})
    return rows


def balanced(frame, columns, classes, per_class):
    text, main, second = columns
    drawn = {}
    for value in classes:
        of_class = frame[frame[main] == value]
        groups = [group for _, group in of_class.groupby(second)]
        n = per_class // 2
        if len(groups) < 2 or min(len(group) for group in groups) < n:
            continue
        sampled = pd.concat([group.sample(n=n, random_state=SEED[0]) for group in groups])
        drawn[str(value)] = sampled[text].tolist()
    return drawn


def labelled(frame, label, values, per_class):
    return {
        str(value): frame[frame[label] == value].sample(n=per_class, random_state=SEED[0])["text"].tolist()
        for value in values
    }


def shared(train, test):
    return [{"key": key, "train": train[key], "test": test[key]} for key in train if key in test]


def split_by_random(texts, train, test):
    random.shuffle(texts)
    return {"train": texts[:train], "test": texts[train : train + test]}


def draw_europarl(parts, train, test):
    random.seed(SEED[0])
    drawn = []
    for language, pair in PAIRS.items():
        texts = []
        for row in parts[pair]:
            texts.append(row["translation"][language])
            if len(texts) > train + test:
                break
        drawn.append({"key": language, **split_by_random(texts, train, test)})
    return drawn


def draw_code(rows, train, test):
    languages = {".c": "C", ".h": "C", ".py": "Python", ".html": "HTML", ".java": "Java", ".php": "PHP", ".rb": "Ruby"}
    texts = {language: [] for language in LANGUAGES}
    for row in rows:
        language = languages[row["path"][row["path"].index(".") :]]
        if language not in texts or len(row["content"]) <= 128 * 3 + 150:
            continue
        texts[language].append(row["content"][150:])
        if all(len(of_language) > train + test for of_language in texts.values()):
            break
    random.seed(SEED[0])
    return [{"key": language, **split_by_random(of, train, test)} for language, of in texts.items()]


SEED = [0]


def heads(frame, columns, main, second, count):
    text, main_column, second_column = columns
    return frame[(frame[main_column] == main) & (frame[second_column] == second)][text].tolist()[:count]


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    bios_rows = {"train": bios("train", 14), "test": bios("test", 5)}
    review_rows = {"train": reviews("train", 12), "test": reviews("test", 4)}
    news_rows = {"train": news("train", 25), "test": news("test", 7)}
    europarl_rows = {pair: europarl(pair) for pair in PAIRS.values()}
    code_rows = code()
    write_parquet(bios_rows["train"], "LabHC/bias_in_bios/data/train", parts=2)
    write_parquet(bios_rows["test"], "LabHC/bias_in_bios/data/test")
    for split in ["train", "test"]:
        write_lines(review_rows[split], f"canrager/amazon_reviews_mcauley_1and5/{split}.jsonl")
        write_parquet(news_rows[split], f"fancyzhx/ag_news/data/{split}", parts=2, compression="zstd")
    for pair, rows in europarl_rows.items():
        write_parquet(rows, f"Helsinki-NLP/europarl/{pair}/train")
    write_parquet(code_rows, "codeparrot/github-code/data/train", parts=3, compression="zstd")

    frames = {
        name: {split: pd.DataFrame(rows[split]) for split in ["train", "test"]}
        for name, rows in [("bios", bios_rows), ("reviews", review_rows), ("news", news_rows)]
    }
    bios_columns = ("hard_text", "profession", "gender")
    review_columns = ("text", "category", "rating")
    runs = []
    for train, test, seed in SIZES:
        SEED[0] = seed

        def both(draw, name):
            return shared(draw(frames[name]["train"], train), draw(frames[name]["test"], test))

        sets = {}
        for number, classes in enumerate([[0, 1, 2, 6, 9], [11, 13, 14, 18, 19], [20, 21, 22, 25, 26]], start=1):
            sets[f"LabHC/bias_in_bios_class_set{number}"] = both(
                lambda frame, size, classes=classes: balanced(frame, bios_columns, classes, size), "bios"
            )
        amazon = "canrager/amazon_reviews_mcauley_1and5"
        sets[amazon] = both(lambda frame, size: balanced(frame, review_columns, [1, 2, 3, 5, 6], size), "reviews")
        sets[amazon + "_sentiment"] = both(lambda frame, size: labelled(frame, "rating", [1.0, 5.0], size), "reviews")
        sets["codeparrot/github-code"] = draw_code(code_rows, train, test)
        sets["fancyzhx/ag_news"] = both(lambda frame, size: labelled(frame, "label", [0, 1, 2, 3], size), "news")
        sets["Helsinki-NLP/europarl"] = draw_europarl(europarl_rows, train, test)
        runs.append({"train": train, "test": test, "seed": seed, "sets": sets})

    cells = {
        "LabHC/bias_in_bios_class_set1": [
            {
                "main": name,
                "second": second,
                "train": heads(frames["bios"]["train"], bios_columns, number, value, 8),
                "test": heads(frames["bios"]["test"], bios_columns, number, value, 3),
            }
            for name, number in [("professor", 21), ("nurse", 13), ("architect", 1), ("journalist", 11)]
            + [("surgeon", 25), ("psychologist", 22), ("attorney", 2), ("teacher", 26)]
            for second, value in [("male", 0), ("female", 1)]
        ],
        "canrager/amazon_reviews_mcauley_1and5": [
            {
                "main": name,
                "second": str(rating),
                "train": heads(frames["reviews"]["train"], review_columns, number, rating, 8),
                "test": heads(frames["reviews"]["test"], review_columns, number, rating, 3),
            }
            for name, number in [("Books", 24), ("CDs_and_Vinyl", 26), ("Software", 30), ("Electronics", 6)]
            + [("Pet_Supplies", 18), ("Office_Products", 11), ("Industrial_and_Scientific", 3), ("Toys_and_Games", 1)]
            for rating in [1.0, 5.0]
        ],
    }
    golden = {
        "made_with": {"numpy": np.__version__, "pandas": pd.__version__, "pyarrow": pa.__version__},
        "probing": runs,
        "pairs": {"train": 8, "test": 3, "cells": cells},
    }
    (FOLDER / "drawn.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()

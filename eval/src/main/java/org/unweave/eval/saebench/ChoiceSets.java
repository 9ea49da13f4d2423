package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataRow;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.data.QuestionSetException;

/** The questions of SAEBench's unlearning, by the names that SAEBench gives them: WMDP's of biology, and MMLU's subjects. */
final class ChoiceSets {
    static final String WMDP_BIO = "wmdp-bio";
    private static final List<String> COLUMNS = List.of("question", "choices", "answer");
    /** MMLU's configurations that are a subject each. */
    private static final List<String> SUBJECTS = List.of(
            "abstract_algebra",
            "anatomy",
            "astronomy",
            "business_ethics",
            "clinical_knowledge",
            "college_biology",
            "college_chemistry",
            "college_computer_science",
            "college_mathematics",
            "college_medicine",
            "college_physics",
            "computer_security",
            "conceptual_physics",
            "econometrics",
            "electrical_engineering",
            "elementary_mathematics",
            "formal_logic",
            "global_facts",
            "high_school_biology",
            "high_school_chemistry",
            "high_school_computer_science",
            "high_school_european_history",
            "high_school_geography",
            "high_school_government_and_politics",
            "high_school_macroeconomics",
            "high_school_mathematics",
            "high_school_microeconomics",
            "high_school_physics",
            "high_school_psychology",
            "high_school_statistics",
            "high_school_us_history",
            "high_school_world_history",
            "human_aging",
            "human_sexuality",
            "international_law",
            "jurisprudence",
            "logical_fallacies",
            "machine_learning",
            "management",
            "marketing",
            "medical_genetics",
            "miscellaneous",
            "moral_disputes",
            "moral_scenarios",
            "nutrition",
            "philosophy",
            "prehistory",
            "professional_accounting",
            "professional_law",
            "professional_medicine",
            "professional_psychology",
            "public_relations",
            "security_studies",
            "sociology",
            "us_foreign_policy",
            "virology",
            "world_religions");

    private ChoiceSets() {}

    static List<String> names() {
        List<String> names = new ArrayList<>(List.of(WMDP_BIO));
        names.addAll(SUBJECTS);
        return List.copyOf(names);
    }

    static boolean isKnown(String name) {
        return name.equals(WMDP_BIO) || SUBJECTS.contains(name);
    }

    /** Fails, and names what is missing, if the folder does not have the files of the set. */
    static void requireFiles(DataFolder folder, String name) {
        split(folder, name).requireWhole();
    }

    /** All questions of a set, in its order. */
    static QuestionSet load(DataFolder folder, String name) {
        DataFolder.Split split = split(folder, name).requireWhole();
        List<Question> questions = new ArrayList<>();
        split.read(COLUMNS, (number, row) -> questions.add(question(split, number, row)));
        return name.equals(WMDP_BIO)
                ? new QuestionSet(name, "biology", questions)
                : new QuestionSet(name, name.replace('_', ' '), "mmlu-" + name.replace('_', '-'), questions);
    }

    private static DataFolder.Split split(DataFolder folder, String name) {
        return folder.split(name.equals(WMDP_BIO) ? "cais/wmdp" : "cais/mmlu", name, "test");
    }

    private static Question question(DataFolder.Split split, int number, DataRow row) {
        try {
            return new Question(row.text("question"), row.texts("choices"), Math.toIntExact(row.integer("answer")));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new QuestionSetException(
                    "the questions " + split.name() + " cannot be asked, row " + number + ": " + e.getMessage(), e);
        }
    }
}

package org.unweave.model.data;

import java.util.List;

/** The bundle's sets of two attributes: one, the domain of a review and its sentiment. */
public final class TwoAttributeSets {
    /** {Yelp, Amazon, movie} x {negative, positive}. */
    public static final String REVIEWS = "review-domain-sentiment";

    /** The texts of {@link #REVIEWS} by their domain alone. */
    public static final String REVIEW_DOMAIN = "review-domain";

    private static final List<String> MAINS = List.of("Yelp", "Amazon", "movie");
    private static final List<String> SECONDS = List.of("negative", "positive");
    // In the order of the cells. The bundle's file called Amazon is a copy of Yelp's, so Amazon's texts are those of
    // one and of five stars.
    private static final List<LabelledSets.Source> SOURCES = List.of(
            new LabelledSets.Source("Yelp/negative", "111_yelp_data", "0", "1"),
            new LabelledSets.Source("Yelp/positive", "111_yelp_data", "3", "4"),
            new LabelledSets.Source("Amazon/negative", "157_amazon_5star", "0"),
            new LabelledSets.Source("Amazon/positive", "157_amazon_5star", "1"),
            new LabelledSets.Source("movie/negative", "113_movie_sent", "0"),
            new LabelledSets.Source("movie/positive", "113_movie_sent", "1"));

    private TwoAttributeSets() {}

    /** The names that {@link #load} knows. */
    public static List<String> names() {
        return List.of(REVIEWS);
    }

    /** The main values of the sets that {@link #load} knows. */
    public static List<String> mains() {
        return MAINS;
    }

    /** Whether {@link #load} can read a set of this name. */
    public static boolean isKnown(String name) {
        return LabelledSets.plain(name).equals(REVIEWS);
    }

    /** Whether two names, each with or without {@code bundle/} before it, mean one set. */
    public static boolean areSame(String name, String other) {
        return LabelledSets.plain(name).equals(LabelledSets.plain(other));
    }

    /** Whether a name means the main attribute of a set of two. */
    public static boolean isMainAttribute(String name) {
        return LabelledSets.plain(name).equals(REVIEW_DOMAIN);
    }

    /** Reads a set of the bundle, as {@code review-domain-sentiment} or with {@code bundle/} before it. */
    public static TwoAttributeSet load(Bundle bundle, String name) {
        if (!isKnown(name)) {
            throw new LabelledSetException(
                    "set of two attributes " + name + " is unknown; the bundle has " + String.join(", ", names()));
        }
        return new TwoAttributeSet(
                LabelledSets.PREFIX + REVIEWS, MAINS, SECONDS, LabelledSets.load(bundle, REVIEWS, SOURCES));
    }
}

package org.unweave.cluster.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.cluster.watch.WatchEvents.json;
import static org.unweave.cluster.watch.WatchEvents.running;

import org.junit.jupiter.api.Test;

/** Pins what each key does. */
class KeysTest {
    private final WatchModel model = running();
    private View view = View.first();

    private Keys.Pressed press(Keys.Key key, String typed) {
        Keys.Pressed pressed = Keys.press(view, key, typed, model);
        view = pressed.view();
        return pressed;
    }

    private Keys.Pressed press(Keys.Key key) {
        return press(key, "");
    }

    @Test
    void jobs_areChosenInTheirOrder_andNoFurther() {
        press(Keys.Key.UP);
        assertThat(view.selected()).isEqualTo("standard");
        press(Keys.Key.DOWN);
        assertThat(view.selected()).isEqualTo("topk-k64");
        press(Keys.Key.DOWN);
        assertThat(view.selected()).isEqualTo("topk-k64");
        press(Keys.Key.FIRST);
        assertThat(view.selected()).isEqualTo("standard");
    }

    @Test
    void commands_areForTheChosenJob() {
        assertThat(press(Keys.Key.PAUSE).order())
                .isEqualTo(new Order("/api/v1/runs/study/jobs/standard/pause", "standard is to pause"));
        press(Keys.Key.DOWN);
        assertThat(press(Keys.Key.RESUME).order())
                .isEqualTo(new Order("/api/v1/runs/study/jobs/topk-k64/resume", "topk-k64 is to work again"));
        assertThat(press(Keys.Key.CHECKPOINT).order())
                .isEqualTo(
                        new Order("/api/v1/runs/study/jobs/topk-k64/checkpoint", "topk-k64 is to write a checkpoint"));
    }

    @Test
    void stop_isAskedFor_andOnlyYesStops() {
        assertThat(press(Keys.Key.STOP).order()).isNull();
        assertThat(view.mode()).isEqualTo(View.Mode.SURE_TO_STOP);
        assertThat(press(Keys.Key.QUIT, "q").quit()).isFalse();
        assertThat(view.status()).isEqualTo("the run goes on");
        press(Keys.Key.STOP);
        assertThat(press(Keys.Key.LETTER, "y").order())
                .isEqualTo(new Order("/api/v1/runs/study/stop", "the run stops after a checkpoint of each job"));
    }

    @Test
    void stop_ofARunThatIsOver_isNotAsked() {
        model.happened("run", json("{'run':'study','state':'done'}"));
        press(Keys.Key.STOP);
        assertThat(view.mode()).isEqualTo(View.Mode.COMMANDS);
        assertThat(view.status()).isEqualTo("the run is done already");
    }

    @Test
    void filter_isTyped_keptByEnter_andEndedByEscape() {
        press(Keys.Key.FILTER);
        press(Keys.Key.LETTER, "t");
        press(Keys.Key.UP, "\033[A"); // An arrow writes nothing.
        press(Keys.Key.LOG, "l");
        press(Keys.Key.ERASE);
        press(Keys.Key.QUIT, "q");
        press(Keys.Key.ERASE);
        press(Keys.Key.LETTER, "o");
        press(Keys.Key.ENTER);
        assertThat(view.filter()).isEqualTo("to");
        assertThat(view.shown(model)).extracting(JobPicture::name).containsExactly("topk-k64");
        assertThat(press(Keys.Key.PAUSE).order())
                .extracting(Order::path)
                .asString()
                .contains("/topk-k64/");
        press(Keys.Key.ESCAPE);
        assertThat(view.shown(model)).hasSize(2);
    }

    @Test
    void panelsAndCurves_areTurned() {
        press(Keys.Key.LOG);
        assertThat(view.panel()).isEqualTo(View.Panel.LOG);
        press(Keys.Key.LOG);
        assertThat(view.panel()).isEqualTo(View.Panel.NEWS);
        press(Keys.Key.SERIES);
        assertThat(view.series()).isEqualTo(Series.L0);
        press(Keys.Key.HELP);
        assertThat(view.panel()).isEqualTo(View.Panel.HELP);
        assertThat(press(Keys.Key.QUIT).quit()).isTrue();
    }

    @Test
    void unknownKey_isSaid() {
        press(Keys.Key.LETTER, "x");
        assertThat(view.status()).isEqualTo("there is no such key; ? shows which there are");
    }

    @Test
    void command_whereNoJobIsShown_isNotGiven() {
        view = view.filterBy("nothing");
        assertThat(press(Keys.Key.PAUSE).order()).isNull();
        assertThat(view.status()).isEqualTo("no job is chosen");
    }
}

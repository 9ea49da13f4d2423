package org.unweave.cluster;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Has H2 write what was committed. By itself it does so a moment later, also with {@code WRITE_DELAY=0}: a commit that finds
 * the store at work leaves the writing to the next one, and was seen to be lost with the process. Other databases
 * keep what they have answered, and are left alone.
 */
final class JournalForce implements Runnable {
    private final NodeOptions.JournalPlace journal;
    private @Nullable Connection connection;

    JournalForce(NodeOptions.JournalPlace journal) {
        this.journal = journal;
    }

    @Override
    public void run() {
        if (journal.postgresql()) {
            return;
        }
        try {
            Connection open = connection;
            if (open == null) {
                open = open();
                connection = open;
            }
            try (Statement statement = open.createStatement()) {
                // Something must be there to be written, or H2 does not wait for what it writes already.
                statement.execute("UPDATE journal_force SET times = times + 1");
                statement.execute("CHECKPOINT");
                statement.execute("CHECKPOINT SYNC");
            }
            open.commit();
        } catch (SQLException e) {
            connection = null;
            throw new RunException("the journal " + journal.url() + " cannot be written (" + e.getMessage() + ")", e);
        }
    }

    private Connection open() throws SQLException {
        Connection open = DriverManager.getConnection(journal.url(), journal.user(), "");
        open.setAutoCommit(false);
        try (Statement statement = open.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS journal_force (times BIGINT)");
            statement.execute("INSERT INTO journal_force SELECT 0 WHERE NOT EXISTS (SELECT * FROM journal_force)");
        }
        open.commit();
        return open;
    }
}

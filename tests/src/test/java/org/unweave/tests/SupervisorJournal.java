package org.unweave.tests;

import java.io.NotSerializableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.unweave.actors.JournalEntry;
import org.unweave.cluster.NodeOptions;
import org.unweave.cluster.wire.WireSerializer;

/** What a supervisor has left in its journal, in its order; read when no process has it open any more. */
final class SupervisorJournal {
    private SupervisorJournal() {}

    static List<JournalEntry> read(Path runsFolder, WireSerializer serializer)
            throws SQLException, NotSerializableException {
        NodeOptions.JournalPlace place = NodeOptions.JournalPlace.file(runsFolder.resolve(".supervisor"));
        List<JournalEntry> entries = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(place.url(), place.user(), "");
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT \"event_payload\", \"event_ser_manifest\" FROM \"event_journal\""
                                + " ORDER BY \"sequence_number\"")) {
            while (rows.next()) {
                entries.add((JournalEntry) serializer.fromBinary(rows.getBytes(1), rows.getString(2)));
            }
        }
        return entries;
    }
}

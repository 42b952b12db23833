package dev.plinth.kv.replica;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// JFR: a node begins to lead, or stops.
@Name("dev.plinth.kv.Role")
@Label("Raft Role")
@Category({"Plinth", "Key-Value Server"})
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // Read by the flight recorder.
final class RoleEvent extends Event {
  @Label("Role")
  private String role = "";

  @Label("Term")
  private long term;

  static void tell(String role, long term) {
    RoleEvent event = new RoleEvent();
    if (event.isEnabled()) {
      event.role = role;
      event.term = term;
      event.commit();
    }
  }
}

package dev.plinth.raft.microraft;

import io.microraft.RaftEndpoint;
import java.io.Serializable;

/// A member that is known by its name, such as `n1` or `host:port`.
///
/// @param name unique in its group, not blank
public record NamedEndpoint(String name) implements RaftEndpoint, Serializable {
  private static final long serialVersionUID = 1L;

  public NamedEndpoint {
    if (name.isBlank()) {
      throw new IllegalArgumentException("the name of a member must not be blank");
    }
  }

  @Override
  public Object getId() {
    return name;
  }
}

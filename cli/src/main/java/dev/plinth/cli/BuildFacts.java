package dev.plinth.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/// What the build wrote into the jar's manifest about itself.
///
/// @param version the release, as `0.1.0`
/// @param commit the full git commit, with `-modified` behind it when the working tree had changes
///   that are in no commit; or [#UNKNOWN]
public record BuildFacts(String version, String commit) {
  /// Stands for what the build could not tell, or for a run outside of the jar.
  public static final String UNKNOWN = "unknown";

  private static final Attributes.Name COMMIT = new Attributes.Name("Plinth-Commit");
  private static final Attributes.Name MODIFIED = new Attributes.Name("Plinth-Modified");

  /// The facts of the jar on the class path that names a commit.
  public static BuildFacts ofThisJar() {
    try {
      Enumeration<URL> manifests =
          BuildFacts.class.getClassLoader().getResources("META-INF/MANIFEST.MF");
      while (manifests.hasMoreElements()) {
        try (InputStream in = manifests.nextElement().openStream()) {
          Attributes attributes = new Manifest(in).getMainAttributes();
          if (attributes.containsKey(COMMIT)) {
            return of(attributes);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the jar's manifest cannot be read", e);
    }
    return new BuildFacts(UNKNOWN, UNKNOWN);
  }

  /// The facts in the main section of a manifest.
  static BuildFacts of(Attributes attributes) {
    String suffix = "true".equals(attributes.getValue(MODIFIED)) ? "-modified" : "";
    return new BuildFacts(
        attributes.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
        attributes.getValue(COMMIT) + suffix);
  }
}

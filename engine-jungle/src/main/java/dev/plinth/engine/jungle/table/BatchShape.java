package dev.plinth.engine.jungle.table;

/// How batches are written.
///
/// @param inlineBytesMax values up to this many bytes stand in the leaves. Every rewriting of a
///   leaf writes them again, so more than some 16 raises write amplification
/// @param filterBitsPerKey bits of the filter per key; 0 for no filter
public record BatchShape(int inlineBytesMax, double filterBitsPerKey) {
  public BatchShape {
    if (inlineBytesMax < 0 || inlineBytesMax > 512) {
      throw new IllegalArgumentException("inlineBytesMax must be 0..512");
    }
    if (!(filterBitsPerKey >= 0 && filterBitsPerKey <= 32)) {
      throw new IllegalArgumentException("filterBitsPerKey must be 0..32");
    }
  }
}

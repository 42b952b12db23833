package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The tree as its writer sees it: puts, deletes, range deletes on pages of its own generation.
///
/// Copy-on-write between generations: a page belongs to the generation that made it; the writer
/// changes pages of the present one in place and copies all others, path by path up to the root.
/// [#freeze] ends a generation: from then on its tree never changes, which is what snapshots,
/// cursors and commits take. Invariants, with the writer's lock held by whoever calls:
/// 1. Children are never younger than their parent, so the pages of the present generation are the
///    top of every path.
/// 2. A change shows at one place: a leaf, an inner page or the root. Splits and merges make fresh
///    pages and publish them by one change of the page above. So a reader that goes down while
///    changes are made always sees one of the states between.
/// 3. The page above a dirty page is dirty.
///
/// Callers are inside an epoch and have reserved frames ([PageCache#reserve]) and pages
/// ([Space#ensure]) before every operation.
final class Tree {
  private static final int SEQUENTIAL_RUN = 4;

  /// A page by its number and checksum; the checksum counts only when the page must be read.
  record Root(long number, int crc) {}

  final TreeFile file;
  final Space space;
  final PageLayout layout;
  final PageCache cache;
  final WriterMemory memory;
  final PageBuilder builder;

  private volatile Root published;
  private Root working;
  private volatile long frozen;
  private long commitsBegun;
  private boolean touched;
  private boolean transaction;
  private Root beforeTransaction;
  private long entriesBefore;
  private long bytesBefore;
  private long extentPagesBefore;

  private long entries;
  private long bytes;
  private long extentPages;

  final long[] pathPages = new long[WriterMemory.LEVELS_MAX];
  final long[] pathNumbers = new long[WriterMemory.LEVELS_MAX];
  final int[] pathSlots = new int[WriterMemory.LEVELS_MAX];
  private int depth;
  private long lastLeaf;
  private int lastIndex;
  private int ascending;

  /// The generation in which the path stands on pages of the writer's own; -1 when it may not.
  private long pathGeneration = -1;

  /// Whether the last key lay in the leaf of the one before it.
  private boolean local;

  /// @param root the tree to begin with
  /// @param generation the generation of that tree; the first of the writer's own follows it
  Tree(TreeFile file, Space space, Root root, long generation, Meta.Content content) {
    this.file = file;
    this.space = space;
    this.layout = file.layout();
    this.cache = file.cache();
    this.memory = new WriterMemory(layout.pageBytes());
    this.builder = new PageBuilder(layout, memory.key(0), 2 * layout.pageBytes());
    this.published = root;
    this.working = root;
    this.beforeTransaction = root;
    this.frozen = generation;
    this.commitsBegun = generation;
    this.entries = content.entries();
    this.bytes = content.bytes();
    this.extentPages = content.extentPages();
  }

  /// The tree that readers see.
  Root published() {
    return published;
  }

  /// The newest generation that never changes any more; the writer's is the next one.
  long frozen() {
    return frozen;
  }

  /// Whether no commit, begun or done, holds a page. While a hidden tree is built, a commit of the
  /// shown one may begin at any time, so then only pages of the hidden one are sure.
  boolean isNeverDurable(long page) {
    return PageLayout.generation(page) > (transaction ? frozen : commitsBegun);
  }

  long generation() {
    return frozen + 1;
  }

  long entries() {
    return transaction ? entriesBefore : entries;
  }

  long bytes() {
    return transaction ? bytesBefore : bytes;
  }

  /// What the published tree holds.
  Meta.Content content() {
    return new Meta.Content(entries(), bytes(), transaction ? extentPagesBefore : extentPages);
  }

  /// Notes that a value was written to pages of its own.
  void extentAdded(int pages) {
    extentPages += pages;
  }

  int depth() {
    return depth;
  }

  /// Pages that one put or delete takes at most: a copy and a split of every level.
  int pagesPerWrite() {
    return 2 * Math.max(depth, 4) + 4;
  }

  /// Pages that one range delete takes at most: two paths, and merges along both.
  int pagesPerRange() {
    return 3 * pagesPerWrite();
  }

  /// Gives an empty file its first page.
  void createRoot() {
    long number = space.allocate();
    long page = frame();
    builder.begin(true);
    builder.write(page, 0, 0, 0, generation(), number);
    cache.installDirty(page, number);
    touched = true;
    setRoot(number, 0);
  }

  /// Ends the present generation; its tree never changes again. In a transaction the published tree
  /// is frozen already.
  ///
  /// @return the generation of the tree that is published
  long freeze() {
    if (touched && !transaction) {
      frozen = generation();
      touched = false;
    }
    return frozen;
  }

  /// Says that a commit of everything frozen begins: pages up to that generation may be in a
  /// durable tree from now on.
  void commitBegins(long generation) {
    commitsBegun = generation;
  }

  /// Whether anything was changed since a generation was frozen.
  boolean isChangedSince(long generation) {
    return touched || frozen > generation;
  }

  /// Hides changes from readers until [#publish].
  void begin() {
    freeze();
    pathGeneration = -1;
    transaction = true;
    beforeTransaction = working;
    entriesBefore = entries;
    bytesBefore = bytes;
    extentPagesBefore = extentPages;
    space.beginTransaction();
  }

  /// Shows the changes since [#begin], all at once.
  void publish() {
    transaction = false;
    space.endTransaction(generation());
    published = working;
  }

  /// Takes the changes since [#begin] back.
  void abort() {
    pathGeneration = -1;
    transaction = false;
    space.abortTransaction(generation());
    working = beforeTransaction;
    entries = entriesBefore;
    bytes = bytesBefore;
    extentPages = extentPagesBefore;
    // The pages of this generation that were thrown away must not be taken for the writer's own.
    touched = true;
    freeze();
  }

  /// The tree that the writer works on; whoever asks may write its pages to the file.
  Root working() {
    pathGeneration = -1;
    return working;
  }

  boolean isInTransaction() {
    return transaction;
  }

  WriterMemory memory() {
    return memory;
  }

  void close() {
    memory.close();
  }

  /// Gives a key a value.
  ///
  /// @param valueField as in a leaf's cell
  /// @param payload the address of the value or the extent reference
  void put(
      MemorySegment key, long offset, int length, int valueField, long payload, int valueLength) {
    int found = ownLeaf(key, offset, length);
    long leaf = pathPages[depth - 1];
    boolean insert = found < 0;
    int index = insert ? ~found : found;
    int payloadLength = PageLayout.payloadBytes(valueField);
    if (insert) {
      entries++;
      bytes += length + (long) valueLength;
    } else {
      bytes += valueLength - PageLayout.valueLength(leaf, index);
      freeExtent(leaf, index);
      if (PageLayout.payloadBytes(PageLayout.valueField(leaf, index)) == payloadLength) {
        PageEditor.overwrite(leaf, index, valueField, payload);
        return;
      }
    }
    noteOrder(pathNumbers[depth - 1], index);
    long copy = memory.key(2);
    RawMemory.copyIn(key, offset, copy, length);
    int prefix = PageLayout.prefixLength(leaf);
    int needed =
        PageFormat.LEAF_CELL_BYTES
            + (length - prefix)
            + payloadLength
            + (insert ? PageFormat.SLOT_BYTES : 0);
    if (needed <= PageLayout.gap(leaf) && sharesPrefix(leaf, copy, length)) {
      PageEditor.putEntry(leaf, index, insert, copy + prefix, length - prefix, valueField, payload);
      return;
    }
    builder.begin(true);
    builder.add(leaf, 0, index);
    builder.addEntry(copy, length, valueField, payload);
    builder.add(leaf, insert ? index : index + 1, PageLayout.count(leaf));
    rebuildOrSplit(depth - 1, insert && isAppend(index));
  }

  /// Goes down to the leaf of a key and makes its path the writer's own; stays where it is when the
  /// keys come in order.
  ///
  /// @return where the key is in the leaf, as [PageLayout#find] says it
  private int ownLeaf(MemorySegment key, long offset, int length) {
    boolean own = pathGeneration == generation();
    if (own && local) {
      long leaf = pathPages[depth - 1];
      int found = layout.find(leaf, key, offset, length);
      if (found >= 0 || (~found > 0 && (~found < PageLayout.count(leaf) || isLast(depth - 1)))) {
        return found;
      }
    }
    long before = own ? pathNumbers[depth - 1] : -1;
    own(key, offset, length);
    pathGeneration = generation();
    if (own) {
      local = pathNumbers[depth - 1] == before;
    }
    return layout.find(pathPages[depth - 1], key, offset, length);
  }

  /// Removes a key.
  ///
  /// @return whether it was there
  boolean delete(MemorySegment key, long offset, int length) {
    descend(key, offset, length);
    if (layout.find(pathPages[depth - 1], key, offset, length) < 0) {
      return false;
    }
    own(key, offset, length);
    long leaf = pathPages[depth - 1];
    int index = layout.find(leaf, key, offset, length);
    removeEntries(leaf, index, index + 1);
    rebalance(depth - 1);
    return true;
  }

  private void removeEntries(long leaf, int from, int to) {
    for (int i = from; i < to; i++) {
      entries--;
      bytes -= PageLayout.keyLength(leaf, i) + (long) PageLayout.valueLength(leaf, i);
      freeExtent(leaf, i);
    }
    if (from < to) {
      PageEditor.removeEntries(leaf, from, to);
    }
  }

  private void freeExtent(long leaf, int index) {
    if ((PageLayout.valueField(leaf, index) & PageFormat.EXTENT) != 0) {
      long reference = PageLayout.payload(leaf, index);
      long number = RawMemory.getLong(reference);
      int length = RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH);
      space.free(number, file.extentPages(length), generation(), false);
      extentPages -= file.extentPages(length);
    }
  }

  /// Goes down to the leaf that holds a key.
  void descend(MemorySegment key, long offset, int length) {
    pathGeneration = -1;
    long number = working.number;
    int crc = working.crc;
    depth = 0;
    while (true) {
      long page = read(number, crc);
      pathPages[depth] = page;
      pathNumbers[depth] = number;
      if (PageLayout.isLeaf(page)) {
        depth++;
        return;
      }
      int slot = layout.findChild(page, key, offset, length);
      pathSlots[depth++] = slot;
      number = PageLayout.child(page, slot);
      crc = PageLayout.childCrc(page, slot);
    }
  }

  long read(long number, int crc) {
    long page = file.page(number, crc, 0);
    if (page == 0) {
      throw new IllegalStateException("no frame is free although some were reserved");
    }
    return page;
  }

  private long frame() {
    long page = cache.take(0);
    if (page == 0) {
      throw new IllegalStateException("no frame is free although some were reserved");
    }
    return page;
  }

  /// Goes down to the leaf that holds a key, and makes every page of the path the writer's own.
  void own(MemorySegment key, long offset, int length) {
    do {
      descend(key, offset, length);
    } while (!ownPath());
  }

  boolean ownPath() {
    touched = true;
    int level = 0;
    while (level < depth && PageLayout.generation(pathPages[level]) == generation()) {
      if (!cache.markDirty(pathPages[level])) {
        return false;
      }
      level++;
    }
    if (level < depth) {
      copyPath(level);
    }
    return true;
  }

  private void copyPath(int from) {
    for (int i = from; i < depth; i++) {
      long old = pathPages[i];
      long oldNumber = pathNumbers[i];
      long page = frame();
      long number = space.allocate();
      RawMemory.copy(old, page, layout.pageBytes());
      RawMemory.putLong(page + PageFormat.GENERATION, generation());
      RawMemory.putLong(page + PageFormat.NUMBER, number);
      space.free(oldNumber, 1, generation(), isNeverDurable(old));
      pathPages[i] = page;
      pathNumbers[i] = number;
    }
    for (int i = depth - 1; i >= from; i--) {
      if (i < depth - 1) {
        RawMemory.putLong(
            pathPages[i] + PageLayout.cell(pathPages[i], pathSlots[i]), pathNumbers[i + 1]);
      }
      cache.installDirty(pathPages[i], pathNumbers[i]);
    }
    if (from == 0) {
      setRoot(pathNumbers[0], 0);
    } else {
      PageEditor.setChild(pathPages[from - 1], pathSlots[from - 1], pathNumbers[from], 0);
    }
  }

  private void setRoot(long number, int crc) {
    working = new Root(number, crc);
    if (!transaction) {
      published = working;
    }
  }

  private boolean sharesPrefix(long page, long key, int length) {
    int prefix = PageLayout.prefixLength(page);
    return prefix <= length
        && Keys.equal(RawMemory.all(), layout.prefix(page), prefix, RawMemory.all(), key, prefix);
  }

  /// Notices keys that come in ascending order, for splits.
  private void noteOrder(long leaf, int index) {
    ascending = leaf == lastLeaf && index == lastIndex + 1 ? ascending + 1 : 0;
    lastLeaf = leaf;
    lastIndex = index;
  }

  /// Whether an entry at the end of its leaf most likely has successors: the tree's last leaf, or
  /// keys that have come in order.
  private boolean isAppend(int index) {
    if (index != PageLayout.count(pathPages[depth - 1])) {
      return false;
    }
    return ascending >= SEQUENTIAL_RUN || isLast(depth - 1);
  }

  private boolean isLast(int level) {
    for (int i = 0; i < level; i++) {
      if (pathSlots[i] != PageLayout.count(pathPages[i]) - 1) {
        return false;
      }
    }
    return true;
  }

  /// Gives the page at a level of the path the entries of the builder, or splits it.
  ///
  /// @param append cut off only the new, last entry; the others are as they are in the page
  private void rebuildOrSplit(int level, boolean append) {
    long page = pathPages[level];
    int count = builder.count();
    if (builder.runBytes(0, count) <= layout.capacity()) {
      long scratch = memory.page(0);
      builder.write(scratch, 0, count, PageLayout.level(page), 0, 0);
      PageEditor.replace(page, scratch, layout.pageBytes());
      return;
    }
    pathGeneration = -1;
    if (append && count > 2) {
      appendPage(level, page, count);
      return;
    }
    int cut = builder.middle();
    long left = fresh(0, cut, PageLayout.level(page));
    long right = fresh(cut, count, PageLayout.level(page));
    long separator = memory.key(level % 2 == 0 ? 3 : 4);
    int separatorLength = builder.separator(cut, separator);
    addToParent(level, left, separator, separatorLength, right);
    space.free(pathNumbers[level], 1, generation(), true);
  }

  /// Puts the builder's last entry on a page of its own behind the page at a level of the path,
  /// which stays as it is.
  private void appendPage(int level, long page, int count) {
    boolean leaf = PageLayout.isLeaf(page);
    long number = space.allocate();
    long right = frame();
    int prefix = leaf ? builder.sharedByLastTwo() : 0;
    builder.write(right, count - 1, count, PageLayout.level(page), generation(), number, prefix);
    cache.installDirty(right, number);
    long separator = memory.key(level % 2 == 0 ? 3 : 4);
    int separatorLength = builder.separator(count - 1, separator);
    if (leaf) {
      lastLeaf = number;
      lastIndex = 0;
    }
    addToParent(level, pathNumbers[level], separator, separatorLength, number);
  }

  /// Makes a page of a run of the builder's entries.
  ///
  /// @return its number
  long fresh(int from, int to, int level) {
    long number = space.allocate();
    long page = frame();
    builder.write(page, from, to, level, generation(), number);
    cache.installDirty(page, number);
    return number;
  }

  /// Puts two pages in the place of one, below the page above it.
  void addToParent(int level, long left, long separator, int separatorLength, long right) {
    if (level == 0) {
      builder.begin(false);
      builder.addChild(separator, 0, childCell(0, left));
      builder.addChild(separator, separatorLength, childCell(1, right));
      setRoot(fresh(0, 2, PageLayout.level(pathPages[0]) + 1), 0);
      return;
    }
    long parent = pathPages[level - 1];
    int slot = pathSlots[level - 1];
    int prefix = PageLayout.prefixLength(parent);
    int needed = PageFormat.SLOT_BYTES + PageFormat.INNER_CELL_BYTES + separatorLength - prefix;
    if (needed <= PageLayout.gap(parent) && sharesPrefix(parent, separator, separatorLength)) {
      PageEditor.putChild(
          parent, slot + 1, left, separator + prefix, separatorLength - prefix, right);
      return;
    }
    boolean append =
        slot == PageLayout.count(parent) - 1
            && isLast(level - 1)
            && PageLayout.child(parent, slot) == left;
    long copy = memory.page(1 + level % 2);
    RawMemory.copy(parent, copy, layout.pageBytes());
    RawMemory.putLong(copy + PageLayout.cell(copy, slot), left);
    builder.begin(false);
    builder.add(copy, 0, slot + 1);
    builder.addChild(separator, separatorLength, childCell(0, right));
    builder.add(copy, slot + 1, PageLayout.count(copy));
    rebuildOrSplit(level - 1, append);
  }

  /// A child and an unknown checksum, as in a cell.
  private long childCell(int index, long child) {
    long cell = memory.key(5) + 16L * index;
    RawMemory.putLong(cell, child);
    RawMemory.putInt(cell + PageFormat.CHILD_CRC, 0);
    return cell;
  }

  /// Merges the page at a level of the path with a neighbour when it is nearly empty, and takes it
  /// out when it is empty; then looks at the level above.
  boolean rebalance(int level) {
    long page = pathPages[level];
    if (level == 0) {
      return collapseRoot();
    }
    if (PageLayout.count(page) == 0) {
      return removeEmpty(level);
    }
    if (layout.usedBytes(page) >= layout.capacity() / 4) {
      return false;
    }
    int slot = pathSlots[level - 1];
    int siblings = PageLayout.count(pathPages[level - 1]);
    return (slot + 1 < siblings && merge(level, slot)) || (slot > 0 && merge(level, slot - 1));
  }

  private boolean collapseRoot() {
    boolean collapsed = false;
    while (true) {
      long page = read(working.number, working.crc);
      if (PageLayout.isLeaf(page) || PageLayout.count(page) > 1) {
        return collapsed;
      }
      long number = working.number;
      boolean own = isNeverDurable(page);
      setRoot(PageLayout.child(page, 0), PageLayout.childCrc(page, 0));
      space.free(number, 1, generation(), own);
      collapsed = true;
    }
  }

  /// Takes an empty page out, and those above it that hold nothing else.
  private boolean removeEmpty(int level) {
    int above = level - 1;
    while (above >= 0 && PageLayout.count(pathPages[above]) == 1) {
      above--;
    }
    if (above < 0) {
      if (level == 0 || !PageLayout.isLeaf(pathPages[level])) {
        return false;
      }
      setRoot(pathNumbers[level], 0);
      freePath(0, level);
      return true;
    }
    PageEditor.removeChild(pathPages[above], pathSlots[above]);
    freePath(above + 1, level + 1);
    rebalance(above);
    return true;
  }

  private void freePath(int from, int to) {
    for (int i = from; i < to; i++) {
      space.free(pathNumbers[i], 1, generation(), true);
    }
  }

  /// Makes one page of two neighbours when they fit.
  ///
  /// @param slot of the left one in the page above
  boolean merge(int level, int slot) {
    long parent = pathPages[level - 1];
    long left;
    long right;
    try {
      left = read(PageLayout.child(parent, slot), PageLayout.childCrc(parent, slot));
      right = read(PageLayout.child(parent, slot + 1), PageLayout.childCrc(parent, slot + 1));
    } catch (StorageException.Corrupt e) {
      // The removal itself is done and right; whoever reads the damaged neighbour is told.
      return false;
    }
    if (layout.usedBytes(left) + layout.usedBytes(right) > layout.capacity()) {
      return false;
    }
    collect(parent, slot, left, right);
    if (builder.runBytes(0, builder.count()) > layout.capacity()) {
      return false;
    }
    long leftNumber = PageLayout.number(left);
    long rightNumber = PageLayout.number(right);
    boolean leftOwn = isNeverDurable(left);
    boolean rightOwn = isNeverDurable(right);
    long merged = fresh(0, builder.count(), PageLayout.level(left));
    PageEditor.mergeChildren(parent, slot, merged);
    space.free(leftNumber, 1, generation(), leftOwn);
    space.free(rightNumber, 1, generation(), rightOwn);
    rebalance(level - 1);
    return true;
  }

  /// Collects the entries of two neighbours in the builder.
  void collect(long parent, int slot, long left, long right) {
    boolean leaf = PageLayout.isLeaf(left);
    builder.begin(leaf);
    builder.add(left, 0, PageLayout.count(left));
    if (leaf) {
      builder.add(right, 0, PageLayout.count(right));
    } else {
      long separator = memory.key(3);
      int length = layout.copyKey(parent, slot + 1, separator);
      builder.addChild(separator, length, right + PageLayout.cell(right, 0));
      builder.add(right, 1, PageLayout.count(right));
    }
  }

  /// Removes all keys from `from` on and before `to`; null leaves a side open. In a transaction
  /// only.
  void deleteRange(byte @Nullable [] from, byte @Nullable [] to) {
    new RangeDelete(from, to).run();
  }

  /// Takes a range out: whole subtrees between the two paths to its ends, entries at the ends.
  private final class RangeDelete {
    private final byte @Nullable [] from;
    private final byte @Nullable [] to;
    private final MemorySegment fromKey;
    private final MemorySegment toKey;

    RangeDelete(byte @Nullable [] from, byte @Nullable [] to) {
      this.from = from;
      this.to = to;
      this.fromKey = MemorySegment.ofArray(from == null ? new byte[0] : from);
      this.toKey = MemorySegment.ofArray(to == null ? new byte[0] : to);
    }

    void run() {
      cutBehind();
      if (to != null) {
        cutBefore();
      }
      settle(fromKey);
      if (to != null) {
        settle(toKey);
      }
    }

    /// Along the path to the range's start: what lies to the right of it and wholly in the range.
    private void cutBehind() {
      own(fromKey, 0, (int) fromKey.byteSize());
      boolean covered = to == null;
      for (int level = 0; level < depth - 1; level++) {
        long page = pathPages[level];
        int next = pathSlots[level] + 1;
        boolean nextCovered = next < PageLayout.count(page) ? isAtOrBeforeTo(page, next) : covered;
        while (next < PageLayout.count(page)
            && (next + 1 < PageLayout.count(page) ? isAtOrBeforeTo(page, next + 1) : covered)) {
          dropChild(page, next);
        }
        covered = nextCovered;
      }
      cutLeaf();
    }

    /// Along the path to the range's end: what lies to the left of it and wholly in the range.
    private void cutBefore() {
      own(toKey, 0, (int) toKey.byteSize());
      boolean covered = from == null;
      for (int level = 0; level < depth - 1; level++) {
        long page = pathPages[level];
        int slot = pathSlots[level];
        boolean nextCovered = slot > 0 ? isAtOrBehindFrom(page, slot) : covered;
        while (slot > 0 && (slot > 1 ? isAtOrBehindFrom(page, slot - 1) : covered)) {
          dropChild(page, --slot);
        }
        pathSlots[level] = slot;
        covered = nextCovered;
      }
      cutLeaf();
    }

    private void cutLeaf() {
      long leaf = pathPages[depth - 1];
      int first = from == null ? 0 : position(leaf, fromKey);
      int last = to == null ? PageLayout.count(leaf) : position(leaf, toKey);
      removeEntries(leaf, first, Math.max(first, last));
    }

    private int position(long leaf, MemorySegment key) {
      int found = layout.find(leaf, key, 0, (int) key.byteSize());
      return found < 0 ? ~found : found;
    }

    private boolean isAtOrBeforeTo(long page, int index) {
      return to == null || compare(page, index, toKey) <= 0;
    }

    private boolean isAtOrBehindFrom(long page, int index) {
      return from == null || compare(page, index, fromKey) >= 0;
    }

    private int compare(long page, int index, MemorySegment key) {
      int length = layout.copyKey(page, index, memory.key(3));
      return RawMemory.compare(memory.key(3), length, key, 0, (int) key.byteSize());
    }

    private void dropChild(long page, int index) {
      freeSubtree(PageLayout.child(page, index), PageLayout.childCrc(page, index));
      PageEditor.removeChild(page, index);
    }

    /// Merges what was left nearly empty.
    private void settle(MemorySegment key) {
      boolean changed = true;
      while (changed) {
        own(key, 0, (int) key.byteSize());
        changed = false;
        for (int level = depth - 1; level >= 0 && !changed; level--) {
          changed = rebalance(level);
        }
      }
    }
  }

  /// Frees a page and everything below it. Pages are read one at a time and need no frames.
  private void freeSubtree(long number, int crc) {
    long found = cache.find(number);
    long page;
    if (found != 0) {
      page = found;
    } else {
      page = memory.page(3);
      file.copy(number, crc, memory.segment(), memory.offset(page));
      if (!PageLayout.isLeaf(page)) {
        long own = memory.level(PageLayout.level(page));
        RawMemory.copy(page, own, layout.pageBytes());
        page = own;
      }
    }
    boolean neverDurable = isNeverDurable(page);
    int count = PageLayout.count(page);
    if (PageLayout.isLeaf(page)) {
      for (int i = 0; i < count; i++) {
        entries--;
        bytes -= PageLayout.keyLength(page, i) + (long) PageLayout.valueLength(page, i);
        freeExtent(page, i);
      }
    } else {
      for (int i = 0; i < count; i++) {
        freeSubtree(PageLayout.child(page, i), PageLayout.childCrc(page, i));
      }
    }
    space.free(number, 1, generation(), neverDurable);
  }
}

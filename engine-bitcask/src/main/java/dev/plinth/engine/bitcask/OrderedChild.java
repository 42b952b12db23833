package dev.plinth.engine.bitcask;

/// What an [OrderedNode] leads to, and what an [OrderedIndex] begins with.
sealed interface OrderedChild permits OrderedLeaf, OrderedNode {}

//! Who may what.

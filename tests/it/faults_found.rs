//! Histories that once broke a law, as short as they could be made.

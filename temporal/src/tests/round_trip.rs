//! What sempre says in Temporal's words is what it reads back.

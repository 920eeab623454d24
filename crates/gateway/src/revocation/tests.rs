//! CRLs that a CA makes, and those that only an attacker or a broken CA makes.

mod forge;
mod million;
mod order;
mod paths;
mod reading;

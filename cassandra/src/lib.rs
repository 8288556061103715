//! Apache Cassandra behind a C interface: what src/adirect/cassandra/cql_abi.h promises. Values and cells pass as the
//! bytes of the native protocol; who calls knows their types.

mod abi;
mod answer;
mod cells;
mod failure;
mod session;

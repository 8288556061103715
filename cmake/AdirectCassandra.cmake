# The client for Apache Cassandra: the Rust library in cassandra/, built by cargo without a network from the crates that
# scripts/install-deps fetched. Debian has no C++ driver.

option(ADIRECT_WITH_CASSANDRA "Publish to Apache Cassandra, with the crate scylla" ${ADIRECT_BUILD_TESTS})

# Defines adirect::cql; ends the configuration where cargo or the crates are missing.
function(adirect_cql)
  find_program(ADIRECT_CARGO cargo HINTS "$ENV{HOME}/.cargo/bin")
  mark_as_advanced(ADIRECT_CARGO)
  set(crate "${CMAKE_SOURCE_DIR}/cassandra")
  set(remedy "run scripts/install-deps test, or configure with -DADIRECT_WITH_CASSANDRA=OFF.")
  if(NOT ADIRECT_CARGO)
    message(FATAL_ERROR "ADIRECT_WITH_CASSANDRA needs cargo (rustc 1.88 or newer), which was not found: ${remedy}")
  endif()
  execute_process(
    COMMAND "${ADIRECT_CARGO}" metadata --offline --locked --format-version 1 --manifest-path "${crate}/Cargo.toml"
    RESULT_VARIABLE failed
    OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "ADIRECT_WITH_CASSANDRA needs the crates of cassandra/Cargo.lock, which are not fetched: ${remedy}")
  endif()

  # One folder for all presets: it is the same library in each, and takes minutes.
  set(target "${CMAKE_SOURCE_DIR}/build/cargo")
  set(library "${target}/release/libadirect_cql.a")
  file(GLOB sources CONFIGURE_DEPENDS "${crate}/src/*.rs")
  add_custom_command(
    OUTPUT "${library}"
    COMMAND "${ADIRECT_CARGO}" build --release --offline --locked --quiet --manifest-path "${crate}/Cargo.toml"
            --target-dir "${target}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${library}"
    DEPENDS ${sources} "${crate}/Cargo.toml" "${crate}/Cargo.lock"
    COMMENT "Building the client for Cassandra"
    VERBATIM)
  add_custom_target(adirect_cql_build DEPENDS "${library}")
  add_library(adirect_cql STATIC IMPORTED GLOBAL)
  set_target_properties(adirect_cql PROPERTIES IMPORTED_LOCATION "${library}")
  adirect_third_party(threads)
  target_link_libraries(adirect_cql INTERFACE adirect::threads ${CMAKE_DL_LIBS} m)
  add_dependencies(adirect_cql adirect_cql_build)
  add_library(adirect::cql INTERFACE IMPORTED GLOBAL)
  target_link_libraries(adirect::cql INTERFACE adirect_cql)
endfunction()

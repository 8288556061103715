# The libraries this project stands on. adirect_third_party(NAME) finds one and defines adirect::NAME;
# a missing one ends the configuration with the Debian package that brings it.

function(_adirect_missing name package)
  message(FATAL_ERROR "adirect needs ${name}, which was not found. "
                      "It is in the Debian package ${package}: `apt-get install ${package}`, "
                      "or scripts/install-deps for all of them.")
endfunction()

# A library that is found as a CMake package and used through its target.
function(_adirect_package name cmake_package target debian_package)
  find_package(${cmake_package} CONFIG QUIET)
  if(NOT TARGET ${target})
    _adirect_missing(${name} ${debian_package})
  endif()
  add_library(adirect::${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(adirect::${name} INTERFACE ${target})
endfunction()

# A library of headers only.
function(_adirect_headers name header debian_package)
  find_path(ADIRECT_${name}_INCLUDE "${header}")
  mark_as_advanced(ADIRECT_${name}_INCLUDE)
  if(NOT ADIRECT_${name}_INCLUDE)
    _adirect_missing(${name} ${debian_package})
  endif()
  add_library(adirect::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(adirect::${name} SYSTEM INTERFACE "${ADIRECT_${name}_INCLUDE}")
endfunction()

# A library of one header and one file to link.
function(_adirect_library name header library debian_package)
  _adirect_headers(${name} "${header}" ${debian_package})
  find_library(ADIRECT_${name}_LIBRARY ${library})
  mark_as_advanced(ADIRECT_${name}_LIBRARY)
  if(NOT ADIRECT_${name}_LIBRARY)
    _adirect_missing(${name} ${debian_package})
  endif()
  target_link_libraries(adirect::${name} INTERFACE "${ADIRECT_${name}_LIBRARY}")
endfunction()

function(adirect_third_party name)
  if(TARGET adirect::${name})
    return()
  endif()
  if(name STREQUAL "xxhash")
    _adirect_headers(xxhash xxhash.h libxxhash-dev)
  elseif(name STREQUAL "tomlplusplus")
    # Headers only, and errors as values: no exception crosses a floor.
    _adirect_headers(tomlplusplus toml++/toml.h libtomlplusplus-dev)
    target_compile_definitions(adirect::tomlplusplus INTERFACE TOML_HEADER_ONLY=1 TOML_EXCEPTIONS=0)
    # 3.3 asserts on broken input that it then reports; clang's release takes the assertions for true.
    target_compile_options(adirect::tomlplusplus INTERFACE
      "-DTOML_ASSERT(x)=static_cast<void>(0)" $<$<CXX_COMPILER_ID:Clang>:-UNDEBUG>)
  elseif(name STREQUAL "simdjson")
    _adirect_package(simdjson simdjson simdjson::simdjson libsimdjson-dev)
  elseif(name STREQUAL "fmt")
    _adirect_package(fmt fmt fmt::fmt libfmt-dev)
  elseif(name STREQUAL "boost")
    # Headers only: Beast's parser and Asio, in api/http_server.cc alone.
    # An event loop has one thread, and its queue a lock: Asio needs no fences of its own, which ThreadSanitizer cannot see.
    _adirect_headers(boost boost/beast/http/basic_parser.hpp libboost1.81-dev)
    target_compile_definitions(adirect::boost INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  elseif(name STREQUAL "cli11")
    _adirect_headers(cli11 CLI/CLI.hpp libcli11-dev)
  elseif(name STREQUAL "zlib")
    _adirect_library(zlib zlib.h z zlib1g-dev)
  elseif(name STREQUAL "zstd")
    _adirect_library(zstd zstd.h zstd libzstd-dev)
  elseif(name STREQUAL "arrow")
    adirect_arrow()
  elseif(name STREQUAL "rocksdb")
    _adirect_library(rocksdb rocksdb/db.h rocksdb librocksdb-dev)
  elseif(name STREQUAL "crypto")
    _adirect_library(crypto openssl/evp.h crypto libssl-dev)
  elseif(name STREQUAL "gtest")
    _adirect_package(gtest GTest GTest::gtest libgtest-dev)
  elseif(name STREQUAL "rapidcheck")
    _adirect_package(rapidcheck rapidcheck rapidcheck_gtest librapidcheck-dev)
  elseif(name STREQUAL "threads")
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
    add_library(adirect::threads INTERFACE IMPORTED GLOBAL)
    target_link_libraries(adirect::threads INTERFACE Threads::Threads)
  else()
    message(FATAL_ERROR "adirect_third_party: unknown library ${name}")
  endif()
endfunction()

# One call per module, program or test binary. Sources are found by their place; a new file needs no edit here.

# adirect_module(NAME [FLOORS module...] [THIRD_PARTY library...] [LEFT_OUT file...])
# Builds src/adirect/NAME/*.cc as the static library adirect_NAME on top of the modules named by FLOORS.
# Third-party libraries are private: their headers are for .cc files only.
# With ADIRECT_BUILD_TESTS, NAME's *_test.cc become the test binary NAME_test. Files of LEFT_OUT (without .cc), and their
# tests, need a library that this build does without.
function(adirect_module name)
  cmake_parse_arguments(ARG "" "" "FLOORS;THIRD_PARTY;LEFT_OUT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "src/adirect/${name}/*.cc")
  foreach(file IN LISTS ARG_LEFT_OUT)
    list(FILTER sources EXCLUDE REGEX "/${file}(_test)?\\.cc$")
  endforeach()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  list(TRANSFORM ARG_FLOORS PREPEND adirect_)
  list(TRANSFORM ARG_THIRD_PARTY PREPEND adirect:: OUTPUT_VARIABLE libraries)
  foreach(library IN LISTS ARG_THIRD_PARTY)
    adirect_third_party(${library})
  endforeach()
  add_library(adirect_${name} STATIC ${sources})
  target_link_libraries(adirect_${name} PUBLIC ${ARG_FLOORS} PRIVATE ${libraries})
  if(ADIRECT_BUILD_TESTS)
    adirect_test(${name}_test SOURCES ${tests} MODULES ${name} THIRD_PARTY ${ARG_THIRD_PARTY})
  endif()
endfunction()

# adirect_program(NAME): the one executable, src/adirect/app/main.cc over adirect_app, left at the top of the build folder.
function(adirect_program name)
  add_executable(${name} src/adirect/app/main.cc)
  target_link_libraries(${name} PRIVATE adirect_app)
  if(ADIRECT_WITH_ARROW)
    set_target_properties(${name} PROPERTIES INSTALL_RPATH "$ORIGIN/../${ADIRECT_ARROW_INSTALL_DIR}")
  endif()
  install(TARGETS ${name})
endfunction()

# adirect_test(NAME SOURCES file... MODULES module... [THIRD_PARTY library...])
# One GoogleTest binary; each of its tests is a ctest test, run from the root of the repository.
# tests/support/gtest_main.cc decides what a skipped test means. Without sources there is no binary.
function(adirect_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;MODULES;THIRD_PARTY" ${ARGN})
  if(NOT ARG_SOURCES)
    return()
  endif()
  include(GoogleTest)
  list(TRANSFORM ARG_MODULES PREPEND adirect_)
  list(PREPEND ARG_THIRD_PARTY gtest)
  list(TRANSFORM ARG_THIRD_PARTY PREPEND adirect:: OUTPUT_VARIABLE libraries)
  foreach(library IN LISTS ARG_THIRD_PARTY)
    adirect_third_party(${library})
  endforeach()
  if(NOT TARGET adirect_gtest_main)
    add_library(adirect_gtest_main STATIC "${CMAKE_SOURCE_DIR}/tests/support/gtest_main.cc")
    target_link_libraries(adirect_gtest_main PRIVATE adirect::gtest)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE adirect_gtest_main ${ARG_MODULES} ${libraries})
  gtest_discover_tests(
    ${name}
    DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    PROPERTIES LABELS cc TIMEOUT 600)
endfunction()

# adirect_fuzzers(): each fuzz/NAME.cc is a libFuzzer program fuzz_NAME over all modules below app.
function(adirect_fuzzers)
  file(GLOB sources CONFIGURE_DEPENDS "fuzz/*.cc")
  add_custom_target(fuzzers)
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(fuzz_${name} "${source}")
    target_include_directories(fuzz_${name} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(fuzz_${name} PRIVATE adirect_sources adirect_sinks)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers fuzz_${name})
  endforeach()
endfunction()

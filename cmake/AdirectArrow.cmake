# Arrow C++ and Parquet C++ from the PyPI wheel pyarrow, which has headers and libraries and no CMake package: Debian has
# no Arrow. The wheel lies in the tests' Python environment (scripts/venv-python), pinned in tests/requirements.txt.

option(ADIRECT_WITH_ARROW "Read Parquet files, with Arrow C++ from the PyPI wheel pyarrow" ${ADIRECT_BUILD_TESTS})

# Where `make install` puts the two libraries, seen from the binary.
set(ADIRECT_ARROW_INSTALL_DIR lib/adirect)

# Defines adirect::arrow and installs its libraries; ends the configuration where the wheel is missing.
function(adirect_arrow)
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS tests/requirements.txt)
  execute_process(
    COMMAND "${CMAKE_SOURCE_DIR}/scripts/venv-python"
    OUTPUT_VARIABLE python
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  get_filename_component(environment "${python}/../.." ABSOLUTE)
  file(GLOB wheel "${environment}/lib/python3*/site-packages/pyarrow")
  file(GLOB libraries "${wheel}/libarrow.so.*00" "${wheel}/libparquet.so.*00")
  list(LENGTH libraries count)
  if(NOT count EQUAL 2)
    message(FATAL_ERROR "ADIRECT_WITH_ARROW needs the PyPI wheel pyarrow, which is not in ${environment}: "
                        "run scripts/install-deps test, or configure with -DADIRECT_WITH_ARROW=OFF.")
  endif()
  add_library(adirect::arrow INTERFACE IMPORTED GLOBAL)
  target_include_directories(adirect::arrow SYSTEM INTERFACE "${wheel}/include")
  target_link_libraries(adirect::arrow INTERFACE ${libraries})
  # Both libraries export a simdjson of another version. Ours must be found first: options stand before all libraries.
  adirect_third_party(simdjson)
  target_link_options(adirect::arrow INTERFACE "$<TARGET_FILE:simdjson::simdjson>")
  set(ADIRECT_ARROW_FOLDER "${wheel}" CACHE INTERNAL "Where Arrow's libraries are")
  install(FILES ${libraries} DESTINATION "${ADIRECT_ARROW_INSTALL_DIR}")
endfunction()

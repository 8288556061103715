# libadirect.so: src/adirect/capi and what it stands on, of which only the functions of include/adirect/adirect.h are seen.
# All code must be position independent for it, so it has a build of its own (the preset `library`).

if(ADIRECT_ONLY_LIBRARY)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_compile_options(-fvisibility=hidden -fno-semantic-interposition)
endif()

# What the files of capi need beside their module.
function(adirect_capi target)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/include")
  target_compile_definitions(${target} PRIVATE "ADIRECT_VERSION=\"${PROJECT_VERSION}\"")
endfunction()

# The target libadirect, installed with its header and, as the component `wheel`, into the Python package of spark/ beside
# the library it loads. Of the pipeline it has the door alone.
function(adirect_library)
  set(exports "${CMAKE_SOURCE_DIR}/src/adirect/capi/exports.map")
  file(GLOB sources CONFIGURE_DEPENDS "src/adirect/capi/*.cc")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  add_library(libadirect SHARED ${sources} src/adirect/pipeline/door.cc src/adirect/pipeline/quarantine.cc)
  adirect_capi(libadirect)
  target_link_libraries(libadirect PRIVATE adirect_targeting adirect_codec)
  target_link_options(libadirect PRIVATE "LINKER:--version-script=${exports}" LINKER:--no-undefined)
  set_target_properties(libadirect PROPERTIES OUTPUT_NAME adirect LINK_DEPENDS "${exports}" INSTALL_RPATH "$ORIGIN")
  include(GNUInstallDirs)
  install(TARGETS libadirect COMPONENT library)
  install(FILES include/adirect/adirect.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/adirect" COMPONENT library)
  install(TARGETS libadirect LIBRARY DESTINATION adirect COMPONENT wheel)
  install(
    FILES "$<TARGET_FILE:simdjson::simdjson>"
    DESTINATION adirect
    RENAME "$<TARGET_SONAME_FILE_NAME:simdjson::simdjson>"
    COMPONENT wheel)
  install(DIRECTORY policies formats DESTINATION adirect COMPONENT wheel FILES_MATCHING PATTERN "*.toml")
endfunction()

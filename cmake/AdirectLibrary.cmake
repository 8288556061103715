# libadirect.so: src/adirect/capi and what it stands on, of which only the functions of include/adirect/adirect.h are seen.
# All code must be position independent for it, so it has a build of its own (the preset `library`).

if(ADIRECT_ONLY_LIBRARY)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_compile_options(-fvisibility=hidden -fno-semantic-interposition)
endif()

# What adirect_capi is compiled with; with ADIRECT_ONLY_LIBRARY the target libadirect, too, installed with its header and,
# as the component `wheel`, into the Python package of spark/ beside the library it loads.
function(adirect_library)
  target_include_directories(adirect_capi PUBLIC "${CMAKE_SOURCE_DIR}/include")
  target_compile_definitions(adirect_capi PRIVATE "ADIRECT_VERSION=\"${PROJECT_VERSION}\"")
  if(NOT ADIRECT_ONLY_LIBRARY)
    return()
  endif()
  set(exports "${CMAKE_SOURCE_DIR}/src/adirect/capi/exports.map")
  add_library(libadirect SHARED $<TARGET_PROPERTY:adirect_capi,SOURCES>)
  target_include_directories(libadirect PRIVATE "${CMAKE_SOURCE_DIR}/include")
  target_compile_definitions(libadirect PRIVATE "ADIRECT_VERSION=\"${PROJECT_VERSION}\"")
  target_link_libraries(libadirect PRIVATE adirect_pipeline)
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

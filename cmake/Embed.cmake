# Files as part of the binary: a static library adirect_NAME that defines FUNCTION() (src/adirect/app/embedded.h), the
# files by their path, sorted.
#
# adirect_embed(NAME FUNCTION GLOB...): the files of the repository that match, by their path from its root.
# adirect_embed_site(NAME FUNCTION): web/, built by Vite; with ADIRECT_WITH_SITE off no file at all, and no Node.js.
# The same file, run as a script (`cmake -P`), writes the source: OUT is its name, FUNCTION as above, and FILES the files
# below ROOT, or ROOT alone for all that is in it.

if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" FILES "${FILES}")
  if(NOT DEFINED FILES OR FILES STREQUAL "")
    file(GLOB_RECURSE FILES RELATIVE "${ROOT}" "${ROOT}/*")
    list(SORT FILES)
  endif()
  set(entries "")
  foreach(path IN LISTS FILES)
    file(READ "${ROOT}/${path}" content HEX)
    string(REGEX REPLACE "(..)" "\\\\x\\1" content "${content}")
    string(APPEND entries "    {\"${path}\", \"${content}\"sv},\n")
  endforeach()
  file(WRITE "${OUT}" "#include \"adirect/app/embedded.h\"

#include <vector>

namespace adirect {

using std::literals::string_view_literals::operator\"\"sv;

std::span<const EmbeddedFile> ${FUNCTION}() {
  static const std::vector<EmbeddedFile> kFiles = {
${entries}};
  return kFiles;
}

}  // namespace adirect
")
  return()
endif()

function(adirect_embed name function)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" ${ARGN})
  list(SORT files)
  list(TRANSFORM files PREPEND "${CMAKE_SOURCE_DIR}/" OUTPUT_VARIABLE depends)
  string(REPLACE ";" "|" joined "${files}")
  set(out "${CMAKE_BINARY_DIR}/generated/${name}.cc")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DFUNCTION=${function}" "-DROOT=${CMAKE_SOURCE_DIR}" "-DFILES=${joined}"
            -P "${CMAKE_SOURCE_DIR}/cmake/Embed.cmake"
    DEPENDS ${depends} "${CMAKE_SOURCE_DIR}/cmake/Embed.cmake"
    COMMENT "Embedding policies, formats and the API's description"
    VERBATIM)
  add_library(adirect_${name} STATIC "${out}")
endfunction()

function(adirect_embed_site name function)
  set(web "${CMAKE_SOURCE_DIR}/web")
  set(site "${CMAKE_BINARY_DIR}/site")
  set(out "${CMAKE_BINARY_DIR}/generated/${name}.cc")
  set(build "${CMAKE_COMMAND}" -E make_directory "${site}")
  set(depends "")
  if(ADIRECT_WITH_SITE)
    if(NOT EXISTS "${web}/node_modules/vite")
      message(FATAL_ERROR "What the site is built with is not installed: run scripts/install-deps core")
    endif()
    file(GLOB_RECURSE depends CONFIGURE_DEPENDS "${web}/src/*" "${web}/public/*" "${web}/index.html")
    list(APPEND depends "${web}/vite.config.js" "${web}/package-lock.json")
    set(build "${CMAKE_COMMAND}" -E env "SITE_OUT=${site}" "${CMAKE_SOURCE_DIR}/scripts/node"
              "${web}/node_modules/vite/bin/vite.js" build --logLevel warn "${web}")
  endif()
  add_custom_command(
    OUTPUT "${out}"
    COMMAND ${build}
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DFUNCTION=${function}" "-DROOT=${site}"
            -P "${CMAKE_SOURCE_DIR}/cmake/Embed.cmake"
    DEPENDS ${depends} "${CMAKE_SOURCE_DIR}/cmake/Embed.cmake"
    COMMENT "Building and embedding the site"
    VERBATIM)
  add_library(adirect_${name} STATIC "${out}")
endfunction()

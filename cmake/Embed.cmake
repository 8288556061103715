# adirect_embed(NAME GLOB...): compiles the matching files into the static library adirect_NAME, which defines
# EmbeddedFiles() (src/adirect/app/embedded.h): the files by their path from the root of the repository, sorted.
# The same file, run as a script (`cmake -P`), writes the source: OUT is its name, FILES the paths, ROOT where they are.

if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" FILES "${FILES}")
  set(entries "")
  foreach(path IN LISTS FILES)
    file(READ "${ROOT}/${path}" content)
    string(APPEND entries "    {\"${path}\", R\"EMBED(${content})EMBED\"},\n")
  endforeach()
  file(WRITE "${OUT}" "#include \"adirect/app/embedded.h\"

#include <array>

namespace adirect {

namespace {

constexpr auto kFiles = std::to_array<EmbeddedFile>({
${entries}});

}  // namespace

std::span<const EmbeddedFile> EmbeddedFiles() {
  return kFiles;
}

}  // namespace adirect
")
  return()
endif()

function(adirect_embed name)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" ${ARGN})
  list(SORT files)
  list(TRANSFORM files PREPEND "${CMAKE_SOURCE_DIR}/" OUTPUT_VARIABLE depends)
  string(REPLACE ";" "|" joined "${files}")
  set(out "${CMAKE_BINARY_DIR}/generated/embedded.cc")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DROOT=${CMAKE_SOURCE_DIR}" "-DFILES=${joined}"
            -P "${CMAKE_SOURCE_DIR}/cmake/Embed.cmake"
    DEPENDS ${depends} "${CMAKE_SOURCE_DIR}/cmake/Embed.cmake"
    COMMENT "Embedding policies, formats and the API's description"
    VERBATIM)
  add_library(adirect_${name} STATIC "${out}")
endfunction()

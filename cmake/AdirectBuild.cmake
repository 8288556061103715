# How every target of this project is compiled: language, warnings, flags of a release, linker, compiler cache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

# The portable baseline of the processor family: a binary built here runs on any x86-64 or arm64 machine.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # warns of `"text" + string` at -O3 (GCC bug 105651)
endif()
include_directories("${CMAKE_SOURCE_DIR}/src")

find_program(ADIRECT_CCACHE ccache)
if(ADIRECT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ADIRECT_CCACHE}")
endif()
find_program(ADIRECT_MOLD mold)
if(ADIRECT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# What every target of the project shares: flags, warnings, sanitizers and the shape of a library.

# The same bits from every compiler and for every instruction set: a product and a sum are never fused behind our back.
# No -march either: one binary serves all machines, and kernels that gain from AVX2 use target_clones.
add_compile_options(-ffp-contract=off)

add_library(rhizome_warnings INTERFACE)
target_compile_options(rhizome_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ 12 sees overlaps in std::string's own code under -O3 (GCC bug 105329).
  target_compile_options(rhizome_warnings INTERFACE -Wno-restrict)
endif()
if(RHIZOME_WARNINGS_AS_ERRORS)
  target_compile_options(rhizome_warnings INTERFACE -Werror)
endif()

add_library(rhizome_sanitizers INTERFACE)
if(RHIZOME_SANITIZE)
  # vptr checks need the type information of every base class, which CAF's and LibTorch's libraries do not export.
  target_compile_options(rhizome_sanitizers INTERFACE -fsanitize=${RHIZOME_SANITIZE} -fno-omit-frame-pointer
                                                      -fno-sanitize-recover=all -fno-sanitize=vptr)
  target_link_options(rhizome_sanitizers INTERFACE -fsanitize=${RHIZOME_SANITIZE})
endif()

# A source file with LibTorch's headers takes about 2 GB to compile: no more jobs at once than memory allows.
cmake_host_system_information(RESULT memory QUERY TOTAL_PHYSICAL_MEMORY) # in MiB
math(EXPR jobs "${memory} / 2048 + 1")
set_property(GLOBAL PROPERTY JOB_POOLS compile=${jobs})
set(CMAKE_JOB_POOL_COMPILE compile)

# rhizome_library(NAME [PUBLIC libs...] [PRIVATE libs...]): the library rhizome_NAME, alias rhizome::NAME, of all
# sources below the current folder but main.cpp. A new file needs no line here.
function(rhizome_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(rhizome_${name} INTERFACE)
    add_library(rhizome::${name} ALIAS rhizome_${name})
    target_include_directories(rhizome_${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(rhizome_${name} INTERFACE ${arg_PUBLIC} rhizome_sanitizers)
  else()
    add_library(rhizome_${name} STATIC ${sources} ${headers})
    add_library(rhizome::${name} ALIAS rhizome_${name})
    target_include_directories(rhizome_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(rhizome_${name} PUBLIC ${arg_PUBLIC} rhizome_sanitizers
                                          PRIVATE ${arg_PRIVATE} rhizome_warnings)
  endif()
  rhizome_check_headers(${name} "${headers}" ${arg_PUBLIC} ${arg_PRIVATE})
endfunction()

# Every header compiles alone: target check_headers builds one translation unit for each. They are real objects, so
# that they are built once and ccache knows them.
add_custom_target(check_headers)
function(rhizome_check_headers name headers)
  set(units)
  foreach(header IN LISTS headers)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${header})
    set(unit ${PROJECT_BINARY_DIR}/check_headers/${path}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${path}\"\n")
    list(APPEND units ${unit})
  endforeach()
  if(units)
    add_library(check_headers_${name} OBJECT EXCLUDE_FROM_ALL ${units})
    target_compile_options(check_headers_${name} PRIVATE -O0 -g0)
    target_link_libraries(check_headers_${name} PRIVATE rhizome_${name} rhizome_warnings ${ARGN})
    add_dependencies(check_headers check_headers_${name})
  endif()
endfunction()

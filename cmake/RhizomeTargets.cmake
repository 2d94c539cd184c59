# What every target of the project shares: warnings, sanitizers and the shape of a library.

add_library(rhizome_warnings INTERFACE)
target_compile_options(rhizome_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(RHIZOME_WARNINGS_AS_ERRORS)
  target_compile_options(rhizome_warnings INTERFACE -Werror)
endif()

add_library(rhizome_sanitizers INTERFACE)
if(RHIZOME_SANITIZE)
  target_compile_options(rhizome_sanitizers INTERFACE -fsanitize=${RHIZOME_SANITIZE} -fno-omit-frame-pointer
                                                      -fno-sanitize-recover=all)
  target_link_options(rhizome_sanitizers INTERFACE -fsanitize=${RHIZOME_SANITIZE})
endif()

# rhizome_library(NAME [PUBLIC libs...] [PRIVATE libs...]): the library rhizome_NAME, alias rhizome::NAME, of all
# sources below the current folder. A new file needs no line here.
function(rhizome_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  if(NOT sources)
    add_library(rhizome_${name} INTERFACE)
    add_library(rhizome::${name} ALIAS rhizome_${name})
    return()
  endif()
  add_library(rhizome_${name} STATIC ${sources} ${headers})
  add_library(rhizome::${name} ALIAS rhizome_${name})
  target_include_directories(rhizome_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(rhizome_${name} PUBLIC ${arg_PUBLIC} rhizome_sanitizers
                                        PRIVATE ${arg_PRIVATE} rhizome_warnings)
  rhizome_check_headers(${name} "${headers}")
endfunction()

# Every header compiles alone: target check_headers builds one translation unit for each.
if(NOT TARGET check_headers)
  add_custom_target(check_headers)
endif()
function(rhizome_check_headers name headers)
  set(units)
  foreach(header IN LISTS headers)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${header})
    set(unit ${PROJECT_BINARY_DIR}/check_headers/${path}.cpp)
    if(NOT EXISTS ${unit})
      file(WRITE ${unit} "#include \"${path}\"\n")
    endif()
    list(APPEND units ${unit})
  endforeach()
  if(units)
    add_library(check_headers_${name} OBJECT EXCLUDE_FROM_ALL ${units})
    target_compile_options(check_headers_${name} PRIVATE -fsyntax-only -O0)
    target_link_libraries(check_headers_${name} PRIVATE rhizome_${name} rhizome_warnings
                          $<TARGET_PROPERTY:rhizome_${name},LINK_LIBRARIES>)
    add_dependencies(check_headers check_headers_${name})
  endif()
endfunction()

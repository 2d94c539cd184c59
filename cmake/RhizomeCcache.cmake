# Compiles through ccache where it is installed. The sloppiness settings are what ccache's manual asks for
# with precompiled headers.
find_program(RHIZOME_CCACHE ccache)
if(RHIZOME_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${RHIZOME_CCACHE})
endif()

# CAF as the target rhizome_caf: by its own config package where there is one (0.18 and later), else by the files
# that Debian installs (0.17.6 ships no CMake package).
add_library(rhizome_caf INTERFACE)
find_package(CAF CONFIG QUIET COMPONENTS core io openssl)
if(TARGET CAF::core)
  target_link_libraries(rhizome_caf INTERFACE CAF::core CAF::io CAF::openssl)
else()
  find_path(RHIZOME_CAF_INCLUDE caf/actor_system.hpp REQUIRED)
  find_library(RHIZOME_CAF_CORE caf_core REQUIRED)
  find_library(RHIZOME_CAF_IO caf_io REQUIRED)
  find_library(RHIZOME_CAF_OPENSSL caf_openssl REQUIRED)
  target_include_directories(rhizome_caf SYSTEM INTERFACE ${RHIZOME_CAF_INCLUDE})
  target_link_libraries(rhizome_caf INTERFACE ${RHIZOME_CAF_OPENSSL} ${RHIZOME_CAF_IO} ${RHIZOME_CAF_CORE} Threads::Threads)
  # A message type without a type id fails to compile, as it does from 0.18 on.
  target_compile_definitions(rhizome_caf INTERFACE CAF_ENABLE_TYPE_ID_CHECKS)
endif()
if(RHIZOME_SANITIZE MATCHES undefined)
  # CAF 0.17 spawns a function without arguments by dereferencing a null pointer to its empty tuple, in a header. (A
  # null pointer that is really read still ends the program under ASan.)
  target_compile_options(rhizome_caf INTERFACE -fno-sanitize=null)
endif()

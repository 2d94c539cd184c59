# Third-party libraries, all from Debian (scripts/setup.sh installs them), as targets with SYSTEM headers.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(Spectra REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS SSL Crypto)
find_package(prometheus-cpp CONFIG REQUIRED)

# SQLiteCpp's exported target names SQLite by library name only.
find_package(SQLite3 REQUIRED)

find_path(RHIZOME_RANDOM123_INCLUDE Random123/philox.h REQUIRED)
add_library(rhizome_random123 INTERFACE)
target_include_directories(rhizome_random123 SYSTEM INTERFACE ${RHIZOME_RANDOM123_INCLUDE})

find_path(RHIZOME_XXHASH_INCLUDE xxhash.h REQUIRED)
find_library(RHIZOME_XXHASH_LIBRARY xxhash REQUIRED)
add_library(rhizome_xxhash INTERFACE)
target_include_directories(rhizome_xxhash SYSTEM INTERFACE ${RHIZOME_XXHASH_INCLUDE})
target_link_libraries(rhizome_xxhash INTERFACE ${RHIZOME_XXHASH_LIBRARY})

# Compressors of what nodes send.
find_library(RHIZOME_ZSTD_LIBRARY zstd REQUIRED)
find_library(RHIZOME_LZ4_LIBRARY lz4 REQUIRED)
find_library(RHIZOME_FPZIP_LIBRARY fpzip REQUIRED)

# Transforms (in single precision) and masks of what nodes send.
find_library(RHIZOME_KISSFFT_LIBRARY kissfft-float REQUIRED)
find_library(RHIZOME_SODIUM_LIBRARY sodium REQUIRED)

# Malloc of the programs: models/process_setup.cpp has its settings, bench/README.md the numbers. Sanitizers have their own.
find_library(RHIZOME_JEMALLOC_LIBRARY jemalloc REQUIRED)
add_library(rhizome_allocator INTERFACE)
if(NOT RHIZOME_SANITIZE)
  target_link_libraries(rhizome_allocator INTERFACE ${RHIZOME_JEMALLOC_LIBRARY})
endif()

if(NOT RHIZOME_FUZZ)
  include(RhizomeCaf)
  include(RhizomeTorch)
endif()

# LibTorch as the target rhizome_torch, its headers SYSTEM. Only models/ and its tests link it.
find_package(Torch REQUIRED)
add_library(rhizome_torch INTERFACE)
target_include_directories(rhizome_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(rhizome_torch INTERFACE ${TORCH_LIBRARIES})
separate_arguments(RHIZOME_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(rhizome_torch INTERFACE ${RHIZOME_TORCH_FLAGS})

#pragma once

// The only way to include doctest. LibTorch's headers bring glog's CHECK macros, which silently replace doctest's when
// they come second: a passing CHECK then counts nothing. So LibTorch comes first where it is needed, its macros go, and
// doctest defines its own.
#ifdef RHIZOME_TEST_WITH_TORCH
#include <torch/torch.h>
#endif
#undef CHECK
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LT
#undef CHECK_LE
#undef CHECK_GT
#undef CHECK_GE

#include <doctest/doctest.h>

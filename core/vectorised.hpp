#pragma once

/// Before a function whose loops run over flat float arrays: compiled once for every instruction set below, the best
/// one for the processor is chosen when the program starts. Debian's baseline is SSE2, a quarter to an eighth of the
/// width that the processor has. Not under sanitizers, whose runtime does not stand yet when the choice is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define RHIZOME_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RHIZOME_VECTORISED
#endif

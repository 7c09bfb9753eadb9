/* Makes a process see a processor with AVX2 but without AVX-512, VNNI, bf16 and AMX.
 *
 *     cc -shared -fPIC -O2 -Wl,-z,initfirst -o avx2_only.so avx2_only.c -ldl
 *     LD_PRELOAD=./avx2_only.so python ...
 *
 * Linux can make CPUID fault (arch_prctl ARCH_SET_CPUID, on processors with "CPUID faulting"). The
 * fault arrives as SIGSEGV; the handler runs the instruction and clears the bits of the missing
 * extensions. Libraries that choose their kernels by CPUID then choose those of an AVX2 processor,
 * at native speed. Threads and forked processes inherit the setting; an exec'd one loads the
 * library anew. The C library itself has read CPUID before and keeps its own choice.
 *
 * A program must not take the handler away: sigaction and signal are wrapped, and what they set for
 * SIGSEGV is called for every other fault.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

typedef int (*sigaction_t)(int, const struct sigaction *, struct sigaction *);

static struct sigaction others; /* What the program itself wants done at SIGSEGV. */

/* A plain system call: inside the handler nothing else is safe. */
static long allow_cpuid(unsigned long allowed) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(SYS_arch_prctl), "D"(ARCH_SET_CPUID), "S"(allowed)
                   : "rcx", "r11", "memory");
  return result;
}

#define BIT(number) (1u << (number))

/* Intel's manual, volume 2A, CPUID, leaf 07H. */
static void hide(uint32_t leaf, uint32_t subleaf, uint32_t *a, uint32_t *b, uint32_t *c,
                 uint32_t *d) {
  if (leaf == 7 && subleaf == 0) {
    /* AVX512F, DQ, IFMA, PF, ER, CD, BW, VL */
    *b &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
    /* AVX512_VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ */
    *c &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
    /* AVX512_4VNNIW, 4FMAPS, VP2INTERSECT, AMX-BF16, AVX512_FP16, AMX-TILE, AMX-INT8 */
    *d &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
  }
  if (leaf == 7 && subleaf == 1) {
    /* AVX-VNNI, AVX512_BF16, AMX-FP16, AVX-IFMA */
    *a &= ~(BIT(4) | BIT(5) | BIT(21) | BIT(23));
    /* AVX-VNNI-INT8, AVX-NE-CONVERT, AMX-COMPLEX, AVX-VNNI-INT16, AVX10 */
    *d &= ~(BIT(4) | BIT(5) | BIT(8) | BIT(10) | BIT(19));
  }
}

static void on_fault(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)registers[REG_RIP];
  if (info->si_code == SI_KERNEL && code[0] == 0x0f && code[1] == 0xa2) {
    uint32_t leaf = registers[REG_RAX], subleaf = registers[REG_RCX];
    uint32_t a = leaf, b, c = subleaf, d;
    allow_cpuid(1);
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    allow_cpuid(0);
    hide(leaf, subleaf, &a, &b, &c, &d);
    registers[REG_RAX] = a;
    registers[REG_RBX] = b;
    registers[REG_RCX] = c;
    registers[REG_RDX] = d;
    registers[REG_RIP] += 2;
  } else if (others.sa_flags & SA_SIGINFO && others.sa_sigaction) {
    others.sa_sigaction(number, info, context);
  } else if (others.sa_handler != SIG_DFL && others.sa_handler != SIG_IGN) {
    others.sa_handler(number);
  } else {
    static const struct sigaction by_default = {.sa_handler = SIG_DFL};
    ((sigaction_t)dlsym(RTLD_NEXT, "sigaction"))(SIGSEGV, &by_default, NULL);
    /* The instruction faults again on return, and ends the process as it should. */
  }
}

int sigaction(int number, const struct sigaction *wanted, struct sigaction *before) {
  if (number != SIGSEGV)
    return ((sigaction_t)dlsym(RTLD_NEXT, "sigaction"))(number, wanted, before);
  if (before)
    *before = others;
  if (wanted)
    others = *wanted;
  return 0;
}

sighandler_t signal(int number, sighandler_t wanted) {
  struct sigaction action = {.sa_handler = wanted, .sa_flags = SA_RESTART}, before;
  return sigaction(number, &action, &before) ? SIG_ERR : before.sa_handler;
}

__attribute__((constructor)) static void start(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER};
  action.sa_sigaction = on_fault;
  ((sigaction_t)dlsym(RTLD_NEXT, "sigaction"))(SIGSEGV, &action, &others);
  if (allow_cpuid(0) != 0) {
    static const char message[] = "avx2_only: this processor or kernel has no CPUID faulting\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) { /* nothing to be done */
    }
    _exit(75);
  }
}

{
  "targets": [
    {
      "target_name": "hive",
      "sources": ["addon.cc", "unwrap.cc", "bell_addon.cc", "rank_addon.cc", "bell.cc", "score.cc", "sift.cc",
                  "nth.cc", "topk.cc", "text_addon.cc", "embed.cc", "similar.cc", "matrix_addon.cc", "matrix.cc", "assign_addon.cc",
                  "assign.cc", "network_addon.cc", "network.cc", "network_kernels.cc"],
      "defines": ["NAPI_VERSION=8"],
      "cflags": ["-fvisibility=hidden"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-O3", "-fno-exceptions", "-fno-rtti", "-ffp-contract=off",
                    "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "OTHER_CPLUSPLUSFLAGS": ["-O3", "-ffp-contract=off"]
      },
      "msvs_settings": {
        "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/O2", "/fp:precise"] }
      }
    }
  ]
}

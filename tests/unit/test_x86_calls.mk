FLAGS_x86_calls = $(FLAGS_x86_ioctls)

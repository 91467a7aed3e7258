"""How networks are trained: the hand-written MLP engine, and vmap for any module."""

"""What contracts say: who, since when, for how long, under which law."""

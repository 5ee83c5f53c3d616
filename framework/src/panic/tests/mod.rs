mod caught;

// DP16KD of the ECP5 for simulation: 2048 bytes of 9 bits, two ports of 1, 2, 4, 9 or 18 bits, or one
// that writes 36 (port A) and one that reads 36 (port B).
// Pins, widths and the order of the initial bits are those of Yosys's lattice/brams_map_16kd.v
// and brams_16kd.txt. The two ports share no order: a read of a word that the other port
// writes at the same edge gives the old one.
module DP16KD (
    input
        DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0, ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5,
        ADA4, ADA3, ADA2, ADA1, ADA0, CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0, DIB17,
        DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4,
        DIB3, DIB2, DIB1, DIB0, ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4,
        ADB3, ADB2, ADB1, ADB0, CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output
        DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
        DOA4, DOA3, DOA2, DOA1, DOA0, DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10,
        DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18;
    parameter DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG";
    parameter REGMODE_B = "NOREG";
    parameter RESETMODE = "SYNC";
    parameter ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000";
    parameter CSDECODE_B = "0b000";
    parameter WRITEMODE_A = "NORMAL";
    parameter WRITEMODE_B = "NORMAL";
    parameter CLKAMUX = "CLKA";
    parameter CLKBMUX = "CLKB";
    parameter GSR = "ENABLED";
    parameter INIT_DATA = "STATIC";
    parameter WID = 0;
    parameter [319:0] INITVAL_00 = 320'd0;
    parameter [319:0] INITVAL_01 = 320'd0;
    parameter [319:0] INITVAL_02 = 320'd0;
    parameter [319:0] INITVAL_03 = 320'd0;
    parameter [319:0] INITVAL_04 = 320'd0;
    parameter [319:0] INITVAL_05 = 320'd0;
    parameter [319:0] INITVAL_06 = 320'd0;
    parameter [319:0] INITVAL_07 = 320'd0;
    parameter [319:0] INITVAL_08 = 320'd0;
    parameter [319:0] INITVAL_09 = 320'd0;
    parameter [319:0] INITVAL_0A = 320'd0;
    parameter [319:0] INITVAL_0B = 320'd0;
    parameter [319:0] INITVAL_0C = 320'd0;
    parameter [319:0] INITVAL_0D = 320'd0;
    parameter [319:0] INITVAL_0E = 320'd0;
    parameter [319:0] INITVAL_0F = 320'd0;
    parameter [319:0] INITVAL_10 = 320'd0;
    parameter [319:0] INITVAL_11 = 320'd0;
    parameter [319:0] INITVAL_12 = 320'd0;
    parameter [319:0] INITVAL_13 = 320'd0;
    parameter [319:0] INITVAL_14 = 320'd0;
    parameter [319:0] INITVAL_15 = 320'd0;
    parameter [319:0] INITVAL_16 = 320'd0;
    parameter [319:0] INITVAL_17 = 320'd0;
    parameter [319:0] INITVAL_18 = 320'd0;
    parameter [319:0] INITVAL_19 = 320'd0;
    parameter [319:0] INITVAL_1A = 320'd0;
    parameter [319:0] INITVAL_1B = 320'd0;
    parameter [319:0] INITVAL_1C = 320'd0;
    parameter [319:0] INITVAL_1D = 320'd0;
    parameter [319:0] INITVAL_1E = 320'd0;
    parameter [319:0] INITVAL_1F = 320'd0;
    parameter [319:0] INITVAL_20 = 320'd0;
    parameter [319:0] INITVAL_21 = 320'd0;
    parameter [319:0] INITVAL_22 = 320'd0;
    parameter [319:0] INITVAL_23 = 320'd0;
    parameter [319:0] INITVAL_24 = 320'd0;
    parameter [319:0] INITVAL_25 = 320'd0;
    parameter [319:0] INITVAL_26 = 320'd0;
    parameter [319:0] INITVAL_27 = 320'd0;
    parameter [319:0] INITVAL_28 = 320'd0;
    parameter [319:0] INITVAL_29 = 320'd0;
    parameter [319:0] INITVAL_2A = 320'd0;
    parameter [319:0] INITVAL_2B = 320'd0;
    parameter [319:0] INITVAL_2C = 320'd0;
    parameter [319:0] INITVAL_2D = 320'd0;
    parameter [319:0] INITVAL_2E = 320'd0;
    parameter [319:0] INITVAL_2F = 320'd0;
    parameter [319:0] INITVAL_30 = 320'd0;
    parameter [319:0] INITVAL_31 = 320'd0;
    parameter [319:0] INITVAL_32 = 320'd0;
    parameter [319:0] INITVAL_33 = 320'd0;
    parameter [319:0] INITVAL_34 = 320'd0;
    parameter [319:0] INITVAL_35 = 320'd0;
    parameter [319:0] INITVAL_36 = 320'd0;
    parameter [319:0] INITVAL_37 = 320'd0;
    parameter [319:0] INITVAL_38 = 320'd0;
    parameter [319:0] INITVAL_39 = 320'd0;
    parameter [319:0] INITVAL_3A = 320'd0;
    parameter [319:0] INITVAL_3B = 320'd0;
    parameter [319:0] INITVAL_3C = 320'd0;
    parameter [319:0] INITVAL_3D = 320'd0;
    parameter [319:0] INITVAL_3E = 320'd0;
    parameter [319:0] INITVAL_3F = 320'd0;
    localparam [20479:0] INIT = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39,
        INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32,
        INITVAL_31, INITVAL_30, INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B,
        INITVAL_2A, INITVAL_29, INITVAL_28, INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24,
        INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F, INITVAL_1E, INITVAL_1D,
        INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18, INITVAL_17, INITVAL_16,
        INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10, INITVAL_0F,
        INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01,
        INITVAL_00
    };

    wire clk_a = (CLKAMUX == "INV") ? ~CLKA : CLKA;
    wire [13:0] ad_a = {
        ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0
    };
    wire [17:0] di_a = {
        DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0
    };

    wire clk_b = (CLKBMUX == "INV") ? ~CLKB : CLKB;
    wire [13:0] ad_b = {
        ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0
    };
    wire [17:0] di_b = {
        DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
        DIB4, DIB3, DIB2, DIB1, DIB0
    };

    wire select_a = {CSA2, CSA1, CSA0} == 3'b000;
    wire select_b = {CSB2, CSB1, CSB0} == 3'b000;

    reg [8:0] mem [0:2047];
    integer k;
    initial begin
        for (k = 0; k < 1024; k = k + 1) begin
            mem[2*k] = INIT[20*k +: 9];
            mem[2*k+1] = INIT[20*k+9 +: 9];
        end
    end

    // Which bits of a byte an address of a narrow port means.
    function [8:0] mask;
        input [31:0] width;
        input [2:0] low;
        case (width)
            1: mask = 9'd1 << low;
            2: mask = 9'd3 << {low[2:1], 1'b0};
            4: mask = 9'd15 << {low[2], 2'b00};
            default: mask = 9'h1ff;
        endcase
    endfunction

    function [8:0] spread;
        input [31:0] width;
        input [8:0] data;
        case (width)
            1: spread = {9{data[0]}};
            2: spread = {1'b0, {4{data[1:0]}}};
            4: spread = {1'b0, {2{data[3:0]}}};
            default: spread = data;
        endcase
    endfunction

    function [8:0] narrow;
        input [31:0] width;
        input [2:0] low;
        input [8:0] data;
        case (width)
            1: narrow = (data >> low) & 9'd1;
            2: narrow = (data >> {low[2:1], 1'b0}) & 9'd3;
            4: narrow = (data >> {low[2], 2'b00}) & 9'd15;
            default: narrow = data;
        endcase
    endfunction

    reg [35:0] q_a, r_a;
    initial begin
        q_a = 36'd0;
        r_a = 36'd0;
    end
    wire write_a = CEA & select_a & WEA;
    wire [8:0] bits_a = mask(DATA_WIDTH_A, ad_a[2:0]);
    wire [8:0] word_a = spread(DATA_WIDTH_A, di_a[8:0]);
    wire [10:0] half_a = {ad_a[13:4], 1'b0}, half1_a = {ad_a[13:4], 1'b1};
    wire [10:0] quad_a = {ad_a[13:5], 2'b00};
    reg [35:0] seen_a;
    always @* begin
        if (DATA_WIDTH_A == 36)
            seen_a = {mem[quad_a | 11'd3], mem[quad_a | 11'd2], mem[quad_a | 11'd1], mem[quad_a]};
        else if (DATA_WIDTH_A == 18)
            seen_a = {18'd0, mem[half1_a], mem[half_a]};
        else
            seen_a = {27'd0, narrow(DATA_WIDTH_A, ad_a[2:0], mem[ad_a[13:3]])};
    end
    always @(posedge clk_a) begin
        if (RSTA)
            q_a <= 36'd0;
        else if (CEA & select_a & (~WEA | WRITEMODE_A == "READBEFOREWRITE"))
            q_a <= seen_a;
        else if (CEA & select_a & WRITEMODE_A == "WRITETHROUGH")
            q_a <= {18'd0, di_a};
        if (RSTA)
            r_a <= 36'd0;
        else if (OCEA)
            r_a <= q_a;
        if (write_a & ~RSTA) begin
            if (DATA_WIDTH_A == 18) begin
                if (ad_a[0]) mem[half_a] <= di_a[8:0];
                if (ad_a[1]) mem[half1_a] <= di_a[17:9];
            end else if (DATA_WIDTH_A == 36) begin
                if (ad_a[0]) mem[quad_a] <= di_a[8:0];
                if (ad_a[1]) mem[quad_a | 11'd1] <= di_a[17:9];
                if (ad_a[2]) mem[quad_a | 11'd2] <= di_b[8:0];
                if (ad_a[3]) mem[quad_a | 11'd3] <= di_b[17:9];
            end else
                mem[ad_a[13:3]] <= (mem[ad_a[13:3]] & ~bits_a) | (word_a & bits_a);
        end
    end
    wire [35:0] out_a = (REGMODE_A == "OUTREG") ? r_a : q_a;

    reg [35:0] q_b, r_b;
    initial begin
        q_b = 36'd0;
        r_b = 36'd0;
    end
    wire write_b = CEB & select_b & WEB;
    wire [8:0] bits_b = mask(DATA_WIDTH_B, ad_b[2:0]);
    wire [8:0] word_b = spread(DATA_WIDTH_B, di_b[8:0]);
    wire [10:0] half_b = {ad_b[13:4], 1'b0}, half1_b = {ad_b[13:4], 1'b1};
    wire [10:0] quad_b = {ad_b[13:5], 2'b00};
    reg [35:0] seen_b;
    always @* begin
        if (DATA_WIDTH_B == 36)
            seen_b = {mem[quad_b | 11'd3], mem[quad_b | 11'd2], mem[quad_b | 11'd1], mem[quad_b]};
        else if (DATA_WIDTH_B == 18)
            seen_b = {18'd0, mem[half1_b], mem[half_b]};
        else
            seen_b = {27'd0, narrow(DATA_WIDTH_B, ad_b[2:0], mem[ad_b[13:3]])};
    end
    always @(posedge clk_b) begin
        if (RSTB)
            q_b <= 36'd0;
        else if (CEB & select_b & (~WEB | WRITEMODE_B == "READBEFOREWRITE"))
            q_b <= seen_b;
        else if (CEB & select_b & WRITEMODE_B == "WRITETHROUGH")
            q_b <= {18'd0, di_b};
        if (RSTB)
            r_b <= 36'd0;
        else if (OCEB)
            r_b <= q_b;
        if (write_b & ~RSTB) begin
            if (DATA_WIDTH_B == 18) begin
                if (ad_b[0]) mem[half_b] <= di_b[8:0];
                if (ad_b[1]) mem[half1_b] <= di_b[17:9];
            end else
                mem[ad_b[13:3]] <= (mem[ad_b[13:3]] & ~bits_b) | (word_b & bits_b);
        end
    end
    wire [35:0] out_b = (REGMODE_B == "OUTREG") ? r_b : q_b;

    assign {
        DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
        DOA4, DOA3, DOA2, DOA1, DOA0
    } = (DATA_WIDTH_B == 36) ? out_b[17:0] : out_a[17:0];
    assign {
        DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
        DOB4, DOB3, DOB2, DOB1, DOB0
    } = (DATA_WIDTH_B == 36) ? out_b[35:18] : out_b[17:0];
endmodule
